#!/bin/sh
# Makes a backup, keeps fourteen, and looks at the workbook and the seals of its trail.
# usage: backup.sh PYTHON FOLDER   (CASEWORK_DB says which workbook)
set -eu
umask 077
"$1" -sP -m casework backup "$2/casework-$(date +%Y%m%d-%H%M%S).backup" --keep 14
exec "$1" -sP -m casework verify
