from verifier.properties.spec.internet import INTERNET as INTERNET, NOT_EXTERNAL as NOT_EXTERNAL
