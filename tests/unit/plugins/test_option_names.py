# SPDX-License-Identifier: GPL-3.0-or-later
"""Option names: one function from the cmdlets' parameter names, and what it makes of all of them."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.setting import option_name
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.tables import MODULE_TABLES, TREE_TABLES

NAMES = {
    "ActionForUnknownFileAndMIMETypes": "action_for_unknown_file_and_mime_types",
    "ActiveSyncServer": "active_sync_server",
    "ActivityBasedAuthenticationTimeoutEnabled": "activity_based_authentication_timeout_enabled",
    "ActivityBasedAuthenticationTimeoutInterval": "activity_based_authentication_timeout_interval",
    "ActivityBasedAuthenticationTimeoutWithSingleSignOnEnabled": (
        "activity_based_authentication_timeout_with_single_sign_on_enabled"
    ),
    "AdfsAudienceUris": "adfs_audience_uris",
    "AdfsAuthentication": "adfs_authentication",
    "AdfsIssuer": "adfs_issuer",
    "AdfsSignCertificateThumbprints": "adfs_sign_certificate_thumbprints",
    "AdminEnabled": "admin_enabled",
    "AllowOfflineOn": "allow_offline_on",
    "AutoDiscoverServiceInternalUri": "auto_discover_service_internal_uri",
    "AutoDiscoverSiteScope": "auto_discover_site_scope",
    "BadItemReportingEnabled": "bad_item_reporting_enabled",
    "BasicAuthEnabled": "basic_auth_enabled",
    "BasicAuthentication": "basic_authentication",
    "CertPrincipalName": "cert_principal_name",
    "CertificateAuthentication": "certificate_authentication",
    "ChangePasswordEnabled": "change_password_enabled",
    "ClientAuthCleanupLevel": "client_auth_cleanup_level",
    "ClientCertAuth": "client_cert_auth",
    "CompressionEnabled": "compression_enabled",
    "DefaultAuthenticationMethod": "default_authentication_method",
    "DefaultAuthenticationPolicy": "default_authentication_policy",
    "DefaultDomain": "default_domain",
    "DefaultTheme": "default_theme",
    "DigestAuthentication": "digest_authentication",
    "DirectFileAccessOnPrivateComputersEnabled": "direct_file_access_on_private_computers_enabled",
    "DirectFileAccessOnPublicComputersEnabled": "direct_file_access_on_public_computers_enabled",
    "EnableDownloadDomains": "enable_download_domains",
    "EwsAllowEntourage": "ews_allow_entourage",
    "EwsAllowList": "ews_allow_list",
    "EwsAllowMacOutlook": "ews_allow_mac_outlook",
    "EwsAllowOutlook": "ews_allow_outlook",
    "EwsApplicationAccessPolicy": "ews_application_access_policy",
    "EwsBlockList": "ews_block_list",
    "EwsEnabled": "ews_enabled",
    "ExtendedProtectionFlags": "extended_protection_flags",
    "ExtendedProtectionSPNList": "extended_protection_spn_list",
    "ExtendedProtectionTokenChecking": "extended_protection_token_checking",
    "ExternalAuthenticationMethods": "external_authentication_methods",
    "ExternalClientAuthenticationMethod": "external_client_authentication_method",
    "ExternalClientsRequireSsl": "external_clients_require_ssl",
    "ExternalDownloadHostName": "external_download_host_name",
    "ExternalHostname": "external_hostname",
    "ExternalUrl": "external_url",
    "FailbackUrl": "failback_url",
    "FilterWebBeaconsAndHtmlForms": "filter_web_beacons_and_html_forms",
    "ForceWacViewingFirstOnPrivateComputers": "force_wac_viewing_first_on_private_computers",
    "ForceWacViewingFirstOnPublicComputers": "force_wac_viewing_first_on_public_computers",
    "FormsAuthentication": "forms_authentication",
    "GzipLevel": "gzip_level",
    "IISAuthenticationMethods": "iis_authentication_methods",
    "InstantMessagingCertificateThumbprint": "instant_messaging_certificate_thumbprint",
    "InstantMessagingEnabled": "instant_messaging_enabled",
    "InstantMessagingServerName": "instant_messaging_server_name",
    "InstantMessagingType": "instant_messaging_type",
    "InternalAuthenticationMethods": "internal_authentication_methods",
    "InternalClientAuthenticationMethod": "internal_client_authentication_method",
    "InternalClientsRequireSsl": "internal_clients_require_ssl",
    "InternalDownloadHostName": "internal_download_host_name",
    "InternalHostname": "internal_hostname",
    "InternalNLBBypassUrl": "internal_nlb_bypass_url",
    "InternalUrl": "internal_url",
    "LogonAndErrorLanguage": "logon_and_error_language",
    "LogonFormat": "logon_format",
    "LogonPageLightSelectionEnabled": "logon_page_light_selection_enabled",
    "LogonPagePublicPrivateSelectionEnabled": "logon_page_public_private_selection_enabled",
    "MRSProxyEnabled": "mrs_proxy_enabled",
    "MapiHttpEnabled": "mapi_http_enabled",
    "MobileClientCertTemplateName": "mobile_client_cert_template_name",
    "MobileClientCertificateAuthorityURL": "mobile_client_certificate_authority_url",
    "MobileClientCertificateProvisioningEnabled": "mobile_client_certificate_provisioning_enabled",
    "OAuth2ClientProfileEnabled": "oauth2_client_profile_enabled",
    "OAuthAuthentication": "oauth_authentication",
    "OutboundCharset": "outbound_charset",
    "OutlookProviderFlags": "outlook_provider_flags",
    "OwaOptionsEnabled": "owa_options_enabled",
    "PublicComputersDetectionEnabled": "public_computers_detection_enabled",
    "RedirectToOptimalOWAServer": "redirect_to_optimal_owa_server",
    "RemoteDocumentsActionForUnknownServers": "remote_documents_action_for_unknown_servers",
    "RemoteDocumentsAllowedServers": "remote_documents_allowed_servers",
    "RemoteDocumentsBlockedServers": "remote_documents_blocked_servers",
    "RemoteDocumentsInternalDomainSuffixList": "remote_documents_internal_domain_suffix_list",
    "RequireSSL": "require_ssl",
    "RequiredClientVersions": "required_client_versions",
    "SSLOffloading": "ssl_offloading",
    "SendWatsonReport": "send_watson_report",
    "Server": "server",
    "SetPhotoEnabled": "set_photo_enabled",
    "SetPhotoURL": "set_photo_url",
    "TTL": "ttl",
    "TlsCertificateName": "tls_certificate_name",
    "UserContextTimeout": "user_context_timeout",
    "WACDiscoveryEndpoint": "wac_discovery_endpoint",
    "WSSecurityAuthentication": "ws_security_authentication",
    "WacEditingEnabled": "wac_editing_enabled",
    "WacViewingOnPrivateComputersEnabled": "wac_viewing_on_private_computers_enabled",
    "WacViewingOnPublicComputersEnabled": "wac_viewing_on_public_computers_enabled",
    "WebPartsFrameOptionsType": "web_parts_frame_options_type",
    "WindowsAuthEnabled": "windows_auth_enabled",
    "WindowsAuthentication": "windows_authentication",
}
SETTINGS = [
    setting
    for tables in (MODULE_TABLES, TREE_TABLES)
    for nouns in tables.values()
    for noun in nouns.values()
    for setting in noun.settings
]


@pytest.mark.parametrize(("parameter", "option"), NAMES.items())
def test_a_parameter_has_this_option_name(parameter: str, option: str) -> None:
    assert option_name(parameter) == option


def test_the_list_is_complete() -> None:
    assert {setting.parameter for setting in SETTINGS} == NAMES.keys()


def test_no_two_parameters_share_a_name() -> None:
    assert len(set(NAMES.values())) == len(NAMES)


def test_where_nouns_differ_the_usual_name_is_the_option_and_the_own_one_an_alias() -> None:
    differing = {(setting.parameter, setting.option, setting.alias) for setting in SETTINGS if setting.known_as}
    assert differing == {
        ("BasicAuthEnabled", "basic_authentication", "basic_auth_enabled"),
        ("WindowsAuthEnabled", "windows_authentication", "windows_auth_enabled"),
        ("Server", "provider_server", "server"),
    }
