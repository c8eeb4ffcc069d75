# bytes_at FILE OFFSET BYTES: an unsigned number of a file, in the byte order `order`.
bytes_at() {
  value=0
  bytes=''
  for byte in $(od -A n -t u1 -j "$2" -N "$3" "$1"); do
    if [ "$order" = big ]; then bytes="$bytes $byte"; else bytes="$byte $bytes"; fi
  done
  for byte in $bytes; do value=$((value * 256 + byte)); done
  echo "$value"
}

# facts FILE: format, machine, bits and byte order of an object or a program, as the file itself says them.
facts() {
  order=little
  case $(od -A n -t x1 -N 4 "$1" | tr -d ' \n') in
    7f454c46)
      bits=$((32 * $(bytes_at "$1" 4 1)))
      [ "$(bytes_at "$1" 5 1)" = 1 ] || order=big
      echo "ELF machine $(bytes_at "$1" 18 2), $bits bits, $order endian"
      ;;
    4d5a*) echo "PE/COFF machine $(bytes_at "$1" $(($(bytes_at "$1" 60 4) + 4)) 2)" ;;
    *) echo "PE/COFF machine $(bytes_at "$1" 0 2)" ;;
  esac
}

# interpreter FILE: some where an ELF program wants a dynamic linker (a header of the type PT_INTERP), else none.
interpreter() {
  case $(facts "$1") in
    ELF*) ;;
    *)
      echo 'no ELF file'
      return
      ;;
  esac
  order=little
  [ "$(bytes_at "$1" 5 1)" = 1 ] || order=big
  if [ "$(bytes_at "$1" 4 1)" = 2 ]; then set -- "$1" 32 8 54 56; else set -- "$1" 28 4 42 44; fi
  place=$(bytes_at "$1" "$2" "$3")
  size=$(bytes_at "$1" "$4" 2)
  count=$(bytes_at "$1" "$5" 2)
  while [ "$count" -gt 0 ] && [ "$size" -gt 0 ]; do
    if [ "$(bytes_at "$1" "$place" 4)" = 3 ]; then
      echo some
      return
    fi
    place=$((place + size))
    count=$((count - 1))
  done
  echo none
}

# plain: a triplet without its vendor.
plain() {
  echo "$1" | sed 's/^\([^-]*\)-[^-]*-\([^-]*-[^-]*\)$/\1-\2/'
}

# check_compiler COMPILER ANSWER FACTS INTERPRETER SCRATCH SUFFIX: it answers to -dumpmachine as it should, and its
# first object and program are for the target.
check_compiler() {
  answer=$(planned "$1" -dumpmachine) || fail 5 "$1 does not run"
  [ "$(plain "$answer")" = "$(plain "$2")" ] || fail 6 "$1 is for another machine: -dumpmachine answers $answer, not $2"
  mkdir -p "$5"
  rm -f "$5/first.o" "$5/first$6"
  write_file 644 "$5/first.c" <<'END'
#include <stdio.h>
int main(void) { printf("%d\n", (int) sizeof(void *)); return 0; }
END
  run "$5" "$1" -O2 -c first.c -o first.o
  run "$5" "$1" -O2 first.o -o "first$6"
  for file in first.o "first$6"; do
    [ "$(facts "$5/$file")" = "$3" ] || fail 6 "$1 makes $(facts "$5/$file"), not $3"
  done
  [ "$4" = any ] || [ "$(interpreter "$5/first$6")" = "$4" ] || fail 6 "$1 makes dynamic programs; they should be static"
}

# check_jumps COMPILER ASSEMBLER SCRATCH: RISC-V's compressed jumps would break OCaml's tables of jumps. An object
# that may hold some says so: EF_RISCV_RVC, the lowest bit of e_flags (RISC-V ELF psABI).
check_jumps() {
  printf '\t.text\nfirst:\n\tj first\n\tj first\n' >"$3/jumps.s"
  run "$3" "$2" jumps.s -o by-as.o
  run "$3" "$1" -c jumps.s -o by-gcc.o
  order=little
  for file in by-as.o by-gcc.o; do
    [ $(($(bytes_at "$3/$file" 48 1) & 1)) = 0 ] ||
      fail 6 "the assembler may shorten jumps ($file), and OCaml's tables of jumps count on their size"
  done
}

# check_version COMPILER VERSION: the lock file names this version of the C toolchain.
check_version() {
  answer=$(planned "$1" -dumpfullversion) || fail 5 "$1 does not run"
  [ "$answer" = "$2" ] || fail 5 "$1 is version $answer, and the plan was made for $2" "export the script again, on this machine"
}

# configured FILE NAME VALUE: what configure chose is what the plan chose.
configured() {
  answer=$(sed -n "s/^[[:space:]]*$2[[:space:]]*=[[:space:]]*\(.*\)\$/\1/p" "$1" | sed -n '$p' | sed 's/[[:space:]]*$//')
  [ "$answer" = "$3" ] || fail 6 "configure chose $2=$answer, and the plan wants $2=$3" "the target's compiler was not found; see $1"
}
