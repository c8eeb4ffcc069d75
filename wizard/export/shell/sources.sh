# sha256 FILE: its digest, in hex.
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1" | cut -c 1-64
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1" | cut -c 1-64
  else
    openssl dgst -sha256 -r <"$1" | cut -c 1-64
  fi
}

# fetch NAME RECORD CACHE {KIND FILE SHA256 PLACE}...: the first archive that can be had, looked for in the folder
# `sources`, in CACHE and in its places. RECORD gets its digest and name, and where it lies.
fetch() {
  name=$1 record=$2 cache=$3
  shift 3
  mkdir -p "$cache" "${record%/*}"
  tried=''
  if first_of from_folder "$@" || first_of from_cache "$@" || first_of from_network "$@"; then
    printf '%s\n' "$chosen" "$found" >"$record"
    return
  fi
  echo "looked for $name:$tried"
  fail 5 "the source of $name could not be had" "put one of these into a folder, and name it with OCW_SOURCES: $(names_of "$@")"
}

first_of() {
  how=$1
  shift
  while [ $# -gt 0 ]; do
    chosen="$3 $2"
    if "$how" "$@"; then return; fi
    shift 4
  done
  return 1
}

names_of() {
  while [ $# -gt 0 ]; do
    printf '%s (sha256 %s) ' "$2" "$3"
    shift 4
  done
}

from_folder() {
  found=$sources/$2
  if [ -z "$sources" ] || [ ! -f "$found" ]; then return 1; fi
  [ "$(sha256 "$found")" = "$3" ] || fail 5 "$found is not the archive with the sha256 $3" "remove it, or replace it"
}

from_cache() {
  found=$cache/$2
  [ -f "$found" ] || return 1
  if [ "$(sha256 "$found")" = "$3" ]; then return; fi
  rm -f "$found"
  return 1
}

from_network() {
  if [ "$offline" = yes ]; then
    tried=' the network was not asked (OCW_OFFLINE=yes)'
    return 1
  fi
  rm -rf "$cache/fetching"
  mkdir -p "$cache/fetching"
  got=$cache/fetching/$2
  case $1 in
    official) download "$4" "$got" ;;
    npm) npm_pack "$4" "$got" ;;
    *) false ;;
  esac || {
    tried="$tried $1 ${4:-$2}: not had;"
    return 1
  }
  if [ "$(sha256 "$got")" != "$3" ]; then
    tried="$tried $1 $4: what came has another sha256;"
    return 1
  fi
  found=$cache/$2
  mv "$got" "$found"
}

download() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --retry 3 -o "$2" "$1"
  else
    wget -q -O "$2" "$1"
  fi
}

npm_pack() {
  packed=$(cd "${2%/*}" && npm pack --silent "$1") || return 1
  [ "${2%/*}/$packed" = "$2" ] || mv "${2%/*}/$packed" "$2"
}

# unpack FETCH RECORD FOLDER: the archive without its one top folder. FETCH finds it again where it is gone.
unpack() {
  archive=$(sed -n 2p "$2")
  if [ ! -f "$archive" ]; then
    "$1"
    archive=$(sed -n 2p "$2")
  fi
  echo "unpacking $archive"
  rm -rf "$3.unpacking" "$3"
  mkdir -p "$3.unpacking"
  # Owners and wide permissions of the archive are not taken over: it may be root who unpacks it.
  (cd "$3.unpacking" && tar -xof "$archive" && chmod -R u+rw,go-w .) ||
    fail 5 "$archive cannot be unpacked" "an .xz wants xz beside tar; else remove the archive: it is fetched again"
  set -- "$3" "$3.unpacking"/*
  if [ $# -eq 2 ] && [ -d "$2" ]; then
    mv "$2" "$1"
    rm -rf "$1.unpacking"
  else
    mv "$1.unpacking" "$1"
  fi
}

# apply_patch NAME TREE FILE...: the diff on the standard input fits to the letter, and every FILE is another one
# afterwards.
apply_patch() {
  name=$1 tree=$2
  shift 2
  echo "applying $name"
  cat >"$tree/.patch"
  before=$(cd "$tree" && sums "$@")
  said=$(cd "$tree" && patch -p1 -N -i .patch 2>&1) || fail 6 "$name does not apply to this release: $said"
  echo "$said"
  case $said in *fuzz*) fail 6 "$name does not fit to the letter" ;; esac
  for file do
    line=$(cd "$tree" && sums "$file")
    echo "$before" | grep -F -x -q -e "$line" && fail 6 "$name changes nothing in $file"
    rm -f "$tree/$file.orig"
  done
  rm -f "$tree/.patch"
}

sums() {
  for file do
    if [ -f "$file" ]; then cksum "$file"; else echo "no $file"; fi
  done
}

# place_toolchain FROM VERSION: zig is where the variable `zig` says, or comes there from FROM or from PATH.
place_toolchain() {
  if [ ! -e "$zig/zig" ]; then
    from=$1
    if [ ! -e "$from/zig" ]; then
      from=$(command -v zig) || from=$1/zig
      from=${from%/*}
    fi
    if [ ! -e "$from/zig" ] || [ ! -d "$from/lib" ]; then
      fail 5 "zig $2 is not there" "put it anywhere where it can stay, and name the folder that holds zig and lib with OCW_ZIG"
    fi
    rm -rf "$zig.placing"
    mkdir -p "${zig%/*}"
    cp -al "$from" "$zig.placing" 2>/dev/null || {
      rm -rf "$zig.placing"
      cp -RpP "$from" "$zig.placing"
    }
    mv "$zig.placing" "$zig"
  fi
  [ "$("$zig/zig" version)" = "$2" ] || fail 5 "$zig/zig is not zig $2" "name another folder with OCW_ZIG"
}
