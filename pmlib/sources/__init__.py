"""Files and warehouses become tables that hold a contract."""
