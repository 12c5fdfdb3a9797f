from pathlib import Path

import pytest

from graphs.catalogue import Catalogue
from state.errors import UnknownWorkflow


@pytest.mark.parametrize("where", ["", "def flow():\n    "])
def test_a_module_that_ends_the_process_is_told_as_one_that_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    name = f"leaves_{len(where)}"
    (tmp_path / f"{name}.py").write_text(f"{where}raise SystemExit(4)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UnknownWorkflow, match=f"'{name}:flow' is not known: SystemExit: 4"):
        Catalogue({}).load(f"{name}:flow")
