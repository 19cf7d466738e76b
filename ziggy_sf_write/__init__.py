"""The Salesforce Write block: a pluggy plugin for Ziggy flows, with a studio and a sandbox org to try it in."""

__version__ = "0.1.0"
