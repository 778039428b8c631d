"""Language models: answers, and answers over documents of one's own."""
