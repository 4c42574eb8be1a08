"""The settings of one provider; `settings.py` reads them for each that is known."""

from dataclasses import dataclass, field

from gateway.config.variables import scopes, text, variable, web_address


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """Our registration at one provider; without it no company can be connected there."""

    client_id: str = field(
        default="",
        metadata=variable("CLIENT_ID", "Client id of our app at the provider.", text),
    )
    client_secret: str = field(
        default="",
        repr=False,
        metadata=variable("CLIENT_SECRET", "Client secret of our app.", text, secret=True),
    )
    redirect_uri: str = field(
        default="",
        metadata=variable(
            "REDIRECT_URI",
            "Where the provider sends people after consent, as registered there.",
            web_address,
        ),
    )
    api_url: str = field(
        default="",
        metadata=variable(
            "API_URL",
            "Address of the API in place of the provider's: a simulator.",
            web_address,
        ),
    )
    auth_url: str = field(
        default="",
        metadata=variable(
            "AUTH_URL",
            "Scheme and host of the OAuth endpoints in place of the provider's: a simulator.",
            web_address,
        ),
    )

    scopes: tuple[str, ...] = field(
        default=(),
        metadata=variable(
            "SCOPES",
            "What a consent is asked for, with blanks between, in place of what every kind "
            "of document needs: an app at Xero may use granular scopes only, or fewer.",
            scopes,
        ),
    )

    @property
    def configured(self) -> bool:
        """Return whether companies can be connected."""
        return bool(self.client_id and self.client_secret and self.redirect_uri)
