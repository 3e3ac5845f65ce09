#!/bin/sh
# Make a virtual environment: make_venv.sh PYTHON FOLDER. Debian keeps the module for it in a package of its own.
set -eu
python=$1 folder=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "sightbits needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2
    exit 2
}
if ! "$python" -m venv "$folder" 2>/dev/null; then
    rm -rf "$folder"
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq
    $sudo apt-get install -qq -y python3-venv
    "$python" -m venv "$folder"
fi
