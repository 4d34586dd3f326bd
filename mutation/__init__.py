"""Small mistakes put into the code on purpose, to see whether the tests find them."""
