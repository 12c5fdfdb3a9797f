"""One Streamlit page a file. Pages read the tables and show what they hold."""
