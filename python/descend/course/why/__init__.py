"""Why things are as they are: each a function that measures it and draws itself."""
