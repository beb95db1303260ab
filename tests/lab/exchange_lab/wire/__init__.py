# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients of a lab host talk to: WS-Management, PSRP, WinRS, authentication. Knows no law of Exchange."""
