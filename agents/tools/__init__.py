"""What a chat model may ask for while it makes its decision."""
