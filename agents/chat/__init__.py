"""What a chat model needs to take a specialist's seat: prompt, answer, confidence, price, purse, patience."""
