# SPDX-License-Identifier: GPL-3.0-or-later
"""What a real server puts into SerializationData: .NET binary payloads, written from their published formats."""
