"""What recurs, what stays of it, what customers pay and are worth."""
