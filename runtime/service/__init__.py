"""The service: cases come in and questions are answered over HTTP."""
