"""What the pages say: in plain English, in Chinese, in the reader's language."""
