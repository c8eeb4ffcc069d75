# compare GROUP NAME EXPECTED FOUND: one comparison of the proof.
compare() {
  if [ "$4" = "$3" ]; then reported "$@" pass; else reported "$@" fail; fi
}

# reported GROUP NAME EXPECTED FOUND VERDICT: goes into the report; what failed is counted, and said.
reported() {
  if [ "$5" = fail ]; then
    failed=$((failed + 1))
    echo "FAIL $1 $2: $4 (expected $3)"
  fi
  printf '%s{"group":%s,"name":%s,"expected":%s,"found":%s,"verdict":"%s"}' "$comma" \
    "$(json "$1")" "$(json "$2")" "$(json "$3")" "$(json "$4")" "$5" >>"$proof/comparisons"
  comma=','
}

# json TEXT: as a string of JSON.
json() {
  case $1 in
    *[\\\"[:cntrl:]]*) printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037\177' | sed 's/\\/\\\\/g; s/"/\\"/g')" ;;
    *) printf '"%s"' "$1" ;;
  esac
}

# begin_proof PREFIX FOLDER: the programs are made in the new FOLDER.
begin_proof() {
  prefix=$1 proof=$2
  comma=''
  failed=0
  begun=$(date +%s)
  rm -rf "$proof"
  mkdir -p "$proof"
  : >"$proof/comparisons"
  planned "$prefix/bin/ocamlopt" -config >"$proof/config" || fail 7 "the new ocamlopt does not answer to -config"
}

# answers NAME VALUE: what `ocamlopt -config` must say.
answers() {
  compare config "$1" "$2" "$(sed -n "s/^$1: *//p" "$proof/config")"
}

# part NAME COMMAND...: makes a part of every unikernel in the proof's folder.
part() {
  part=$1
  shift
  echo "+ $*"
  made=yes
  (cd "$proof" && planned "$@") || made=no
  compare parts "$part" yes "$made"
}

# compiles NAME SUFFIX FACTS INTERPRETER [OPTION...]: makes a program of the standard input, and looks at it.
# `program` is what came of it, '' where nothing did. Its source is called as NAME is before a hyphen.
compiles() {
  name=$1 suffix=$2 expected=$3 wanted=$4
  shift 4
  source=${name%%-*}.ml
  cat >"$proof/$source"
  program=''
  echo "+ ocamlopt $* $source -o $name$suffix"
  if ! (cd "$proof" && planned "$prefix/bin/ocamlopt" "$@" "$source" -o "$name$suffix"); then
    compare "$name" compiles yes no
    return
  fi
  program=$proof/$name$suffix
  compare "$name" machine "$expected" "$(facts "$program")"
  [ "$wanted" = any ] || compare "$name" interpreter "$wanted" "$(interpreter "$program")"
}

# noted BINDINGS: what a tender reads of the program that was made last.
noted() {
  if [ -z "$program" ]; then return; fi
  notes "$program"
  compare "$name" bindings "$1" "$bindings"
  case $manifest in
    'version 1, '*) reported "$name" manifest 'well formed' "$manifest" pass ;;
    *) reported "$name" manifest 'well formed' "$manifest" fail ;;
  esac
}

# prints {KEY VALUE}...: what the program that was made last must print when it is run here.
prints() {
  if [ -z "$program" ]; then return; fi
  if [ -n "$runner" ]; then run_it; fi
  if [ -z "$runner" ]; then
    while [ $# -gt 0 ]; do
      reported "$name" "$1" "$2" 'not run' not-run
      shift 2
    done
    return
  fi
  compare "$name" 'exit status' 0 "$status"
  while [ $# -gt 0 ]; do
    compare "$name" "$1" "$2" "$(tr -d '\r' <"$proof/output" | sed -n "s/^$1=//p")"
    shift 2
  done
}

# run_it: runs that program; `status`, and in the proof's folder what it printed. Where its runner refuses (the sed
# commands in `refusal` print the line that says so), nothing runs the programs from now on.
run_it() {
  status=0
  if [ "$runner" = here ]; then
    (cd "$proof" && planned "$program") >"$proof/output" || status=$?
  else
    # The options of a runner are words without spaces.
    # shellcheck disable=SC2086
    (cd "$proof" && planned $runner "$program" $after) >"$proof/output" 2>"$proof/complaint" || status=$?
    cat "$proof/complaint"
  fi
  if [ "$status" = 0 ] || [ -z "$refusal" ]; then return; fi
  said=$(cat "$proof/complaint" "$proof/output" | sed -n "$refusal" | sed 1q)
  if [ -z "$said" ]; then return; fi
  runner='' not_run=$said advice=$refused
}

# system_is SYSTEM...: this machine is one of those; each is `uname -s` and `uname -m` with a hyphen between them.
system_is() {
  system=$(uname -s)-$(uname -m)
  for candidate do
    if [ "$candidate" = "$system" ]; then return; fi
  done
  return 1
}

# runs_by NAMES [OPTION...]: the first of the programs NAMES that is here runs the target's programs.
runs_by() {
  names=$1
  shift
  for candidate in $names; do
    if found=$(command -v "$candidate"); then
      ran="under ${found##*/}"
      runner="$found $*"
      return
    fi
  done
}

# libraries OPTION FOLDER: where what runs the programs finds the target's shared libraries.
libraries() {
  if [ -d "$2" ]; then runner="$runner $1 $2"; fi
}

# lacking NOT_RUN ADVICE: why a runner does not run the programs, and what would change that. The first counts.
lacking() {
  if [ -z "$not_run" ]; then not_run=$1 advice=$2; fi
}

# end_proof REPORT PREFIX TRIPLET RELEASE: writes the report and leaves where something is not right.
end_proof() {
  if [ -z "$runner" ]; then
    ran=''
    not_run=${not_run:-this script found nothing that runs them}
  else
    not_run='' advice=''
  fi
  mkdir -p "${1%/*}"
  {
    printf '{"prefix":%s,"triplet":%s,"release":%s,' "$(json "$2")" "$(json "$3")" "$(json "$4")"
    printf '"runner":%s,"not_run":%s,"how_to_run":%s,' "$(json "$ran")" "$(json "$not_run")" "$(json "$advice")"
    printf '"comparisons":['
    cat "$proof/comparisons"
    printf '],"seconds":%s.0}\n' "$(($(date +%s) - begun))"
  } >"$1"
  [ "$failed" = 0 ] || fail 7 "$failed comparisons failed: what this compiler makes cannot be trusted" "see $1"
  rm -rf "$proof"
  [ -z "$not_run" ] || echo "the programs were compiled and looked at, but not run: $not_run"
}

# free PREFIX: nothing stands there that is not a switch of this kind.
free() {
  if [ -e "$1" ] && [ ! -e "$1/ocaml-cross.lock.toml" ] && [ -n "$(ls -A "$1")" ]; then
    fail 8 "$1 is there already, and is no cross switch" "move it away, or export a script for another prefix"
  fi
}

# added_to OLD NEW: what somebody has put into an older switch, as libraries, and the new one lacks. The lock file
# is the last that a build writes, but for the proof; what was copied with its times is known by its folder.
added_to() {
  [ -f "$1/ocaml-cross.lock.toml" ] || return 0
  # shellcheck disable=SC2016
  (cd "$1/" && find . ! -path ./share/ocaml-cross -newer ocaml-cross.lock.toml -exec sh -c '
    new=$1
    shift
    for found do
      if [ -h "$found" ] || [ ! -d "$found" ]; then set -- "$found"; else set -- "$found"/* "$found"/.[!.]*; fi
      for one do
        if [ -d "$one" ] && [ ! -h "$one" ]; then continue; fi
        if [ ! -e "$one" ] && [ ! -h "$one" ]; then continue; fi
        [ -e "$new/$one" ] || [ -h "$new/$one" ] || echo "${one#./}"
      done
    done' sh "$2" {} +) | awk '!seen[$0]++'
}

# publish FROM PREFIX: a finished folder goes to its place by a rename. An older one is moved aside first, and kept
# where somebody has added to it.
publish() {
  parent=${2%/*}
  case $2 in "$work"/*) ;; *) free "$2" ;; esac
  mkdir -p "$parent/" || fail 8 "$parent cannot be made"
  ready=$1
  # A hard link is possible only where a rename is enough.
  probe=.ocaml-cross-probe.$$
  : >"${1%/*}/$probe"
  if ! ln "${1%/*}/$probe" "$parent/$probe-" 2>/dev/null; then
    ready=$parent/.${2##*/}.new
    rm -rf "$ready"
    cp -RpP "$1" "$ready"
  fi
  rm -f "${1%/*}/$probe" "$parent/$probe-"
  old=$parent/.${2##*/}.old.$$
  if [ -e "$2" ] || [ -h "$2" ]; then mv "$2" "$old"; fi
  if ! mv "$ready" "$2"; then
    [ ! -e "$old" ] || mv "$old" "$2"
    fail 8 "$2 cannot be written"
  fi
  for old in "$parent/.${2##*/}.old."*; do
    added=$(added_to "$old" "$2")
    [ -n "$added" ] || continue
    kept=$2.before-$(date +%Y%m%d-%H%M%S)
    while [ -e "$kept" ]; do kept=$kept+; done
    mv "$old" "$kept"
    echo "the older switch held what you had added to it: it is kept as $kept"
    echo "$added" | sed 's/^/  /'
  done
  rm -rf "$parent/.${2##*/}.old."*
}
