"""Text to tree and back: lexer, parser, formatter. Knows how a plan is written, not what it means."""
