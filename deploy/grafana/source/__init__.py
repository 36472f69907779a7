"""The one source of the dashboards: fleet.py, host.py and daemon.py say what is shown, the rest says how."""
