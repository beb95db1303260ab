# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not known about real servers, one switch a question; the first value is the default.

They are listed in client-access-laws 9 and certificate-laws 10, those of Windows are marked open in iis-over-remoting.
"""

from __future__ import annotations

from collections.abc import Mapping

VALUES: dict[str, tuple[str, ...]] = {
    "fba_basic_one_call": ("refuse", "forms_wins"),
    "adfs_needs_config": ("refuse", "accept"),
    "adfs_order": ("refuse", "accept_with_warning"),
    "owa_ecp_warning": ("warn", "silent"),
    "mapi_url_needs_auth": ("no", "refuse"),
    "mapi_url_check": ("any_https", "exact_path", "none"),
    "oa_hostname_companions": ("refuse_external", "refuse_both", "accept"),
    "oa_ssl_conflict": ("refuse", "accept"),
    "oa_default_auth_conflict": ("task_error", "binding_error"),
    "oa_iis_copy_delay_s": ("900", "0"),
    "oa_hostname_wire": ("text", "object"),
    "clear_host_reads": ("null", "empty_string"),
    "ews_lists_together": ("refuse", "accept"),
    "ews_unresolvable": ("prompt_without_force", "warn", "silent"),
    "noop_warning_for_iis": ("warn", "silent"),
    "whatif_validates": ("no", "yes"),
    "relative_url": ("refuse", "store"),
    "uri_trailing_slash": ("keep", "add_for_empty_path"),
    "identity_fqdn": ("not_found", "accept"),
    "identity_of_back_end": ("finds", "needs_show_mailbox"),
    "domain_controller_asked": ("first_of_site", "last_of_site"),
    "set_without_iis": ("works_for_ad_values", "fails"),
    "missing_iis_on_full_get": ("error_and_continue", "warning_with_ad_values"),
    "adonly_ews_booleans": ("false", "true_from_ad"),
    "ep_attributes": ("from_iis", "always_None"),
    "external_methods_follow": ("ews_oab_mapi_follow", "independent"),
    "autodiscover_vdir_url": ("null", "preset"),
    "cross_version_set": ("refuse_newer", "accept"),
    "rbac_org_switch_role": ("organization_configuration", "organization_client_access"),
    "scp_null_effect": ("attribute_null_scp_kept", "scp_removed"),
    "ecp_remote_first": ("works", "refused"),
    "new_directory_internal_url": ("fqdn", "null"),
    "new_directory_protection": ("none", "as_setup"),
    "new_back_end_authentication": ("as_front_end", "as_setup"),
    "remove_asks": ("prompt_without_force", "silent"),
    "new_without_iis": ("leaves_nothing", "leaves_ad_object"),
    "component_entries": ("objects", "texts", "lost"),
    "prompt": ("host_call", "fails_noninteractive"),
    "csr_wildcard_san": ("absent", "present"),
    "renew_without_types": ("works", "needs_live_object"),
    "idn": ("reject_ulabel", "encode"),
    "renew_selfsigned_iis": ("fe", "none"),
    "import_chain": ("ca_and_root", "my_only", "ignored"),
    "import_garbage_text": ("corrupted", "wrong_password"),
    "complete_exportable": ("request", "parameter"),
    "pfx_no_csp": ("csp", "ksp"),
    "pfx_aes": ("by_windows", "read_everywhere"),
    "export_chain": ("full", "leaf"),
    "export_no_password": ("error", "pfx_empty_password", "cert_only"),
    "export_expired": ("allowed", "refused"),
    "enable_iis": ("all_fe_https", "wildcard_only"),
    "enable_checks": ("key_only", "status_valid"),
    "enable_atomic": ("no", "yes"),
    "no_default_present": ("set_without_prompt", "prompt"),
    "popimap_name": ("cn", "first_san", "untouched"),
    "remove_checks_receive": ("no", "yes"),
    "remove_asks_controller": ("given", "own"),
    "remove_auth": ("allowed", "blocked"),
    "remove_federation": ("blocked", "allowed"),
    "remove_key": ("kept", "deleted"),
    "data_signing": ("by_build", "plain", "envelope"),
    "popimap_flag": ("name_match", "stored"),
    "unflagged": ("chosen_fails", "skipped"),
    "smtp_cert_cache": ("per_session", "until_restart"),
    "set_tls_name_check": ("none", "checked"),
    "smtp_pick": ("not_before", "not_after"),
    "selfsigned_hash": ("by_build", "sha1", "sha256"),
    "status_numbers": ("documented_order", "unknown_numbers"),
    "status_evaluated": ("at_get", "cached"),
    "archived_listed": ("no", "yes"),
    "web_binding_lists": ("http_and_https", "every"),
    "web_binding_reads": ("every", "by_protocol"),
    "states_without_iis": ("unknown", "error"),
    "configuration_conflict": ("changed_on_disk", "sharing_violation"),
    "rebound_back_end": ("serves", "needs_restart"),
    "binding_events": ("written", "none"),
}


class Switches:
    """The chosen answer to each unknown; read as ``switches["fba_basic_one_call"]``."""

    def __init__(self, chosen: Mapping[str, object] | None = None) -> None:
        """Raises ValueError for an unknown switch or value."""
        self._chosen = {name: values[0] for name, values in VALUES.items()}
        for name, value in (chosen or {}).items():
            self[name] = str(value)

    def __getitem__(self, name: str) -> str:
        return self._chosen[name]

    def __setitem__(self, name: str, value: str) -> None:
        if name not in VALUES:
            raise ValueError(f"Unknown lab switch '{name}'. Known switches: {', '.join(sorted(VALUES))}.")
        if value not in VALUES[name]:
            raise ValueError(f"Lab switch '{name}' cannot be '{value}'. Choose one of: {', '.join(VALUES[name])}.")
        self._chosen[name] = value
