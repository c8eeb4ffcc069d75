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

# sha512 FILE: its longer digest, in hex.
sha512() {
  if command -v sha512sum >/dev/null 2>&1; then
    sha512sum <"$1" | cut -c 1-128
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 512 <"$1" | cut -c 1-128
  else
    openssl dgst -sha512 -r <"$1" | cut -c 1-128
  fi
}

# kind_of DIGEST: sha256 or sha512, by its length.
kind_of() {
  if [ ${#1} = 128 ]; then echo sha512; else echo sha256; fi
}

# is_it FILE DIGEST: the file has that digest.
is_it() {
  case $(kind_of "$2") in
    sha512) [ "$(sha512 "$1")" = "$2" ] ;;
    *) [ "$(sha256 "$1")" = "$2" ] ;;
  esac
}

# pinned {MARK RECORD}...: the standard input with the sha256 of each archive in the place of its mark.
pinned() {
  edits=''
  while [ $# -gt 0 ]; do
    edits="$edits;s/$1\"/$(sed -n 3p "$2")\"/g"
    shift 2
  done
  sed -e "${edits#;}"
}

# fetch NAME RECORD CACHE {KIND FILE DIGEST PLACE}...: the first archive that can be had, looked for in the folder
# `sources`, in CACHE and in its places. RECORD gets its digest and name, where it lies, and where its digest is a
# sha512 its sha256.
fetch() {
  name=$1 record=$2 cache=$3
  shift 3
  mkdir -p "$cache" "${record%/*}"
  tried=''
  if first_of from_folder "$@" || first_of from_cache "$@" || first_of from_network "$@"; then
    printf '%s\n' "$chosen" "$found" >"$record"
    case $(kind_of "${chosen%% *}") in sha512) sha256 "$found" >>"$record" ;; esac
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
    printf '%s (%s %s) ' "$2" "$(kind_of "$3")" "$3"
    shift 4
  done
}

from_folder() {
  found=$sources/$2
  if [ -z "$sources" ] || [ ! -f "$found" ]; then return 1; fi
  is_it "$found" "$3" || fail 5 "$found is not the archive with the $(kind_of "$3") $3" "remove it, or replace it"
}

from_cache() {
  found=$cache/$2
  [ -f "$found" ] || return 1
  if is_it "$found" "$3"; then return; fi
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
  if ! is_it "$got" "$3"; then
    tried="$tried $1 $4: what came has another digest;"
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

# unpack FETCH RECORD FOLDER [WITHOUT]: the archive without its one top folder, and without a folder in that.
# FETCH finds it again where it is gone.
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
  (cd "$3.unpacking" && extract "$archive" "${4-}" && chmod -R u+rw,go-w .) ||
    fail 5 "$archive cannot be unpacked" "an .xz needs xz, a .zip unzip; else remove the archive: it is fetched again"
  set -- "$3" "$3.unpacking"/*
  if [ $# -eq 2 ] && [ -d "$2" ]; then
    mv "$2" "$1"
    rm -rf "$1.unpacking"
  else
    mv "$1.unpacking" "$1"
  fi
}

# extract ARCHIVE WITHOUT: into the current folder.
extract() {
  case $1 in
    *.zip) unzip -q "$1" ;;
    *) tar -xof "$1" ${2:+"--exclude=*/$2/*"} ;;
  esac
}

# keep_source FETCH RECORD FOLDER [SHA256 FILE]...: the archive in FOLDER, once for all builds, its files checked.
keep_source() {
  [ ! -d "$3" ] || return 0
  kept=$3
  mkdir -p "${kept%/*}"
  unpack "$1" "$2" "$kept.new"
  shift 3
  [ $# -eq 0 ] || check_files "$kept.new" "$@"
  mv "$kept.new" "$kept"
}

# check_files FOLDER [SHA256 FILE]...: it holds these files and no others; else it is removed.
check_files() {
  folder=$1
  shift
  wrong='' known=''
  while [ $# -gt 0 ]; do
    known="$known./$2
"
    if [ ! -f "$folder/$2" ] || [ -L "$folder/$2" ]; then
      wrong="$wrong missing: $2;"
    elif [ "$(sha256 "$folder/$2")" != "$1" ]; then
      wrong="$wrong not what it should be: $2;"
    fi
    shift 2
  done
  printf '%s' "$known" >"$folder.known"
  others=$(cd "$folder" && find . ! -type d | grep -v -x -F -f "$folder.known" | tr '\n' ' ') || others=''
  rm -f "$folder.known"
  [ -z "$others" ] || wrong="$wrong not expected: $others"
  [ -z "$wrong" ] || {
    rm -rf "$folder"
    fail 5 "the files in $folder are not those that are meant:$wrong" "take the archive that this script names"
  }
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
