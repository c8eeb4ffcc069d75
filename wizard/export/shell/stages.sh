# fail STATUS WHAT [FIX]: says what is wrong and leaves.
fail() {
  printf 'error: %s\n' "$2" >&2
  [ -z "${3-}" ] || printf '  fix: %s\n' "$3" >&2
  exit "$1"
}

# needs PROGRAM...: what has to be on PATH, or there under its whole name.
needs() {
  for program do
    command -v "$program" >/dev/null 2>&1 || [ -e "$program" ] ||
      fail 5 "$program is needed and not there" "install it; a path is that of the machine the plan was made for"
  done
}

# usable NAME FOLDER: makefiles cannot carry every character, so a folder of the build has none of these.
usable() {
  case $2 in
    *[!A-Za-z0-9_./+,@-]*) fail 3 "$1=$2 holds a character that makefiles cannot carry" "choose another folder" ;;
    /*) ;;
    *) fail 3 "$1=$2 is no absolute path" "write it from / on" ;;
  esac
}

# is_done NUMBER: the stage's stamp holds its digest, and what it makes is there.
is_done() {
  "about_$1"
  [ -f "$home/stages/$id.done" ] && [ "$(cat "$home/stages/$id.done")" = "$digest" ] && "made_$1"
}

# there PATH...: all of them are.
there() {
  for one do
    [ -e "$one" ] || return 1
  done
}

# prepare NUMBER...: the stages of one folder. Where the last of them is done, nothing of it is run again; else
# the first that is not done and all after it. The folder is trusted only where nothing else was at work in it:
# after a kill in the middle of a stage, or another plan, it begins again where the source is unpacked.
prepare() {
  for number do :; done
  if is_done "$number"; then return; fi
  begin=''
  unpacked_at=''
  afresh=no
  for number do
    if [ -n "$begin" ]; then
      "about_$number"
      if [ -e "$home/stages/$id.done" ] || [ -e "$home/stages/$id.started" ]; then afresh=yes; fi
    elif ! is_done "$number"; then
      begin=$number
      for mark in "$home/stages/$id.done" "$home/stages/$id.started"; do
        [ -e "$mark" ] || continue
        case $(cat "$mark") in
          "$digest" | "$digest stopped") ;;
          *) afresh=yes ;;
        esac
      done
    fi
    if [ "$unpacks" = yes ] && [ "${begin:-$number}" = "$number" ]; then unpacked_at=$number; fi
  done
  if [ "$afresh" = yes ] && [ -n "$unpacked_at" ] && [ "$unpacked_at" -lt "$begin" ]; then begin=$unpacked_at; fi
  for number do
    [ "$number" -ge "$begin" ] || continue
    "about_$number"
    rm -f "$home/stages/$id.done" "$home/stages/$id.started"
  done
}

# stage NUMBER: runs a stage that is not done. What it says goes into its log.
stage() {
  "about_$1"
  if [ -e "$home/stages/$id.done" ]; then
    echo "[$1/$stages] $title: done already"
    return
  fi
  echo "[$1/$stages] $title"
  log=$home/logs/$id.log
  mkdir -p "$home/stages" "$home/logs"
  echo "$digest running" >"$home/stages/$id.started"
  current=$1
  ("stage_$1") >"$log" 2>&1 </dev/null
  "made_$1" || fail 6 "the stage $id ended well, and did not make all it should" "see $log"
  echo "$digest" >"$home/stages/$id.started"
  mv "$home/stages/$id.started" "$home/stages/$id.done"
  current=''
}

# ended: the last words of every run.
ended() {
  status=$?
  trap - EXIT
  if [ -n "$current" ]; then
    "about_$current"
    echo "$digest stopped" >"$home/stages/$id.started" || :
    echo "FAILED in stage $current of $stages, $id ($title), with status $status. The end of its log:" >&2
    tail -n 20 "$log" | sed 's/^/  | /' >&2 || :
    echo "The full log is $log. Run this script again: it continues there." >&2
  fi
  [ "$locked" = no ] || rm -rf "$work/lock"
  exit "$status"
}

# lock: one run at a time in a work folder. The lock of a run that is gone is taken over.
lock() {
  mkdir -p "$work" || fail 8 "$work cannot be made" "choose another folder: OCW_WORK=/path/with/room"
  if ! mkdir "$work/lock" 2>/dev/null; then
    holder=$(cat "$work/lock/pid" 2>/dev/null) || holder=''
    if [ -z "$holder" ] || kill -0 "$holder" 2>/dev/null; then busy; fi
    mv "$work/lock" "$work/lock.$$" || busy
    if [ "$(cat "$work/lock.$$/pid")" != "$holder" ]; then
      mv "$work/lock.$$" "$work/lock"
      busy
    fi
    rm -rf "$work/lock.$$"
    mkdir "$work/lock" || busy
  fi
  locked=yes
  echo "$$" >"$work/lock/pid"
}

busy() {
  fail 9 "another run (${holder:-just beginning}) is at work in $work" \
    "wait for it; where there is none, remove the folder $work/lock"
}

# run FOLDER [NAME=VALUE...] PROGRAM [ARGUMENT...]: a command of the plan.
run() {
  folder=$1
  shift
  printf '+ cd %s && %s\n' "$folder" "$*"
  (cd "$folder" && planned "$@") || fail 6 "a command ended with status $?: $*"
}

# write_file MODE PATH: the standard input as a new file.
write_file() {
  mkdir -p "${2%/*}"
  rm -f "$2"
  cat >"$2"
  chmod "$1" "$2"
}
