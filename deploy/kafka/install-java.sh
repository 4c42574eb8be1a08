#!/bin/sh
# Install Java and Maven, which the embedded Kafka needs, where they are missing and where
# that is possible without asking: as root on the Debian family. Elsewhere say what to install.
set -eu

missing=""
major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p') || major=""
[ "${major:-0}" -ge 17 ] || missing="a Java runtime, 17 or newer"
command -v mvn >/dev/null || missing="${missing:+$missing, and }Maven"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Please install $missing (Debian: apt-get install openjdk-17-jre-headless maven)." >&2
  exit 1
fi

echo "Installing $missing with apt-get, for the embedded Kafka."
apt-get update -qq
for runtime in openjdk-21-jre-headless openjdk-17-jre-headless default-jre-headless; do
  apt-cache show "$runtime" >/dev/null 2>&1 && break
done
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$runtime" maven >/dev/null
