"""The decimal places of the world's currencies.

Source: ISO 4217:2015, table A.1 (current currencies and funds), column "minor unit", with its amendments up to the end
of 2025. Gold, special drawing rights and the codes for tests have no minor unit and pay nobody; they are left out.
"""

from __future__ import annotations

_TWO_PLACES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
    COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
    MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
    STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
# Replaced since 2020; pay for earlier periods is still computed in them.
_TWO_PLACES_WITHDRAWN = "ANG BGN CUC HRK SLL ZWL"
_NO_PLACES = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_PLACES = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_PLACES = "CLF UYW"

CURRENCY_PLACES: dict[str, int] = {
    code: places
    for places, codes in (
        (2, _TWO_PLACES),
        (2, _TWO_PLACES_WITHDRAWN),
        (0, _NO_PLACES),
        (3, _THREE_PLACES),
        (4, _FOUR_PLACES),
    )
    for code in codes.split()
}
