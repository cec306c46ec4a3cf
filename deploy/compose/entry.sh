#!/bin/sh
# First start: installs and founds the workbook. Every start: brings it up to the code of the image.
set -eu
state=/var/lib/casework
mkdir -p "$state/accounts"
chmod 700 "$state/accounts"
# Accounts live in /etc of the container, which is new each time; account.py keeps a copy.
for name in passwd shadow group gshadow; do
    if [ -f "$state/accounts/$name" ]; then cat "$state/accounts/$name" > "/etc/$name"; fi
done

cluster=$(ls -d /etc/postgresql/*/main)
version=$(basename "$(dirname "$cluster")")
if [ ! -f "$state/postgresql/PG_VERSION" ]; then
    install -d -o postgres -g postgres -m 700 "$state/postgresql"
    runuser -u postgres -- "/usr/lib/postgresql/$version/bin/initdb" -D "$state/postgresql" \
        --auth=peer --encoding=UTF8 --locale=C.UTF-8
    sed 's/@database@/casework/; s/@owner@/casework/' /src/deploy/postgresql/pg_hba.conf > "$state/postgresql/pg_hba.conf"
    cat /src/deploy/postgresql/casework.conf >> "$state/postgresql/postgresql.conf"
fi
install -d -o postgres -g postgres -m 755 /var/run/postgresql
runuser -u postgres -- "/usr/lib/postgresql/$version/bin/pg_ctl" -D "$state/postgresql" -w \
    -o "-k /var/run/postgresql" -l "$state/postgresql/log" start
trap 'runuser -u postgres -- "/usr/lib/postgresql/$version/bin/pg_ctl" -D "$state/postgresql" -m fast stop' EXIT

/usr/bin/python3 /src/deploy/install.py --no-services --etc "$state/etc" --agency "$CASEWORK_AGENCY" \
    --prefix "$state/opt"
for name in passwd shadow group gshadow; do cp -p "/etc/$name" "$state/accounts/$name"; done
/usr/bin/python3 /src/deploy/without_systemd.py /etc/systemd/system &
hub=$!
trap 'kill -TERM $hub' TERM INT
wait $hub || wait $hub
