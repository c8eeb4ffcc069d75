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
      order_of "$1"
      echo "ELF machine $(bytes_at "$1" 18 2), $bits bits, $order endian"
      ;;
    4d5a*) echo "PE/COFF machine $(bytes_at "$1" $(($(bytes_at "$1" 60 4) + 4)) 2)" ;;
    *) echo "PE/COFF machine $(bytes_at "$1" 0 2)" ;;
  esac
}

# order_of FILE: the byte order of an ELF file, in `order`.
order_of() {
  order=little
  [ "$(bytes_at "$1" 5 1)" = 1 ] || order=big
}

# segments FILE TYPE: place and size of each segment of that type in an ELF file, as PLACE:SIZE.
segments() {
  order_of "$1"
  if [ "$(bytes_at "$1" 4 1)" = 2 ]; then
    set -- "$1" "$2" 32 8 54 56 8 32
  else
    set -- "$1" "$2" 28 4 42 44 4 16
  fi
  place=$(bytes_at "$1" "$3" "$4")
  entry=$(bytes_at "$1" "$5" 2)
  count=$(bytes_at "$1" "$6" 2)
  while [ "$count" -gt 0 ] && [ "$entry" -gt 0 ]; do
    if [ "$(bytes_at "$1" "$place" 4)" = "$2" ]; then
      echo "$(bytes_at "$1" $((place + $7)) "$4"):$(bytes_at "$1" $((place + $8)) "$4")"
    fi
    place=$((place + entry))
    count=$((count - 1))
  done
}

# interpreter FILE: the dynamic linker that an ELF program names (a segment of the type PT_INTERP), else none.
interpreter() {
  case $(facts "$1") in
    ELF*) ;;
    *)
      echo 'no ELF file'
      return
      ;;
  esac
  segment=$(segments "$1" 3 | sed 1q)
  if [ -z "$segment" ]; then
    echo none
    return
  fi
  dd if="$1" bs=1 skip="${segment%:*}" count="${segment#*:}" 2>/dev/null | tr -d '\000'
  echo
}

# notes FILE: what a tender reads of a unikernel, in `bindings` and `manifest`: Solo5's notes ABI1 and MFT1 in its
# segments of the type PT_NOTE (Solo5's include/elf_abi.h and mft_abi.h).
notes() {
  bindings=none manifest=none
  order_of "$1"
  for segment in $(segments "$1" 4); do
    at=${segment%:*}
    end=$((at + ${segment#*:}))
    while [ $((at + 12)) -le "$end" ]; do
      owner=$(bytes_at "$1" "$at" 4)
      size=$(bytes_at "$1" $((at + 4)) 4)
      kind=$(bytes_at "$1" $((at + 8)) 4)
      begin=$((at + 12 + (owner + 3) / 4 * 4))
      if [ $((begin + size)) -gt "$end" ]; then break; fi
      # "Solo5" and a zero byte, then 0x31494241 or 0x3154464d
      case $(od -A n -t x1 -j $((at + 12)) -N "$owner" "$1" | tr -d ' \n')-$kind in
        536f6c6f3500-826884673) bindings=$(bindings_at "$1" "$begin" "$size") ;;
        536f6c6f3500-827606605) manifest=$(manifest_at "$1" "$begin" "$size") ;;
      esac
      at=$((begin + (size + 3) / 4 * 4))
    done
  done
}

# bindings_at FILE PLACE SIZE: the bindings that the note there names.
bindings_at() {
  if [ "$3" -lt 8 ]; then
    echo none
    return
  fi
  number=$(bytes_at "$1" "$2" 4)
  case $number in
    1) echo hvt ;;
    2) echo spt ;;
    3) echo virtio ;;
    4) echo muen ;;
    5) echo genode ;;
    6) echo xen ;;
    *) echo "number $number" ;;
  esac
}

# manifest_at FILE PLACE SIZE: `version 1, N devices`, or what is wrong with the manifest there. It begins after
# four bytes, with version and entries; an entry takes 104, and the first is Solo5's own.
manifest_at() {
  if [ "$3" -lt 12 ]; then
    echo "truncated ($3 bytes)"
    return
  fi
  version=$(bytes_at "$1" $(($2 + 4)) 4)
  entries=$(bytes_at "$1" $(($2 + 8)) 4)
  if [ "$version" != 1 ]; then
    echo "version $version"
  elif [ "$entries" -lt 1 ] || [ "$entries" -gt 64 ]; then
    echo "$entries entries"
  elif [ "$3" -lt $((12 + entries * 104)) ]; then
    echo "truncated ($entries entries in $3 bytes)"
  else
    echo "version $version, $((entries - 1)) devices"
  fi
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
  [ "$answer" = "$3" ] || fail 6 "configure chose $2=$answer, and the plan needs $2=$3" "the target's compiler was not found; see $1"
}
