"""The history as a program: what is kept, shown, compared and handed over."""
