"""How notebooks are executed, and the ledger of how that went."""
