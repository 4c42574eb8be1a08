"""Secret stores outside the process, behind the contract of ``providers.grants.Vault``.

`envelope.py` seals with data keys that a store makes and opens; `transit.py` is HashiCorp's
Vault, `kms.py` AWS. `chain.py` opens what other stores sealed before. The keys of the settings
are in `gateway/vault.py`.
"""
