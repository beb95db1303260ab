# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Exchange estate that unmodified clients talk to. See README.md beside the package."""
