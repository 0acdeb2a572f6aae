"""The use cases. Each verb takes a Workspace and plain values and returns the JSON document of the contract;
the command line, the server and the MCP tools only translate.
"""
