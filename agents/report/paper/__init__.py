"""The report on paper and on a page: charts, words, HTML and PDF."""
