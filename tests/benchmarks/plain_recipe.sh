#!/bin/sh
# The plain recipe for OCaml before 5.4: what a person with a shell would type, one thing after the other.
#
#   plain_recipe.sh host  ARCHIVE TREE HOST                                     a native OCaml, all of it
#   plain_recipe.sh cross ARCHIVE TREE HOST TRIPLET ZIG_TARGET ZIG CACHE PREFIX  a cross-compiler from it
#
# The benchmark runs it beside the wizard, and a test compares what comes out. JOBS: jobs of make.
# WRAPPERS: a folder of wrapper scripts to use instead of its own (ZIG_TARGET, ZIG and CACHE are not used then).
set -eu
what=$1 archive=$2 tree=$3 host=$4
jobs=-j${JOBS:-2}

unpack() {
  rm -rf "$tree"
  mkdir -p "$tree"
  tar -xf "$archive" -C "$tree" --strip-components=1
  cd "$tree"
}

if [ "$what" = host ]; then
  unpack
  ./configure --prefix="$host"
  make "$jobs" world.opt
  make install
  exit 0
fi

triplet=$5 zig_target=$6 zig=$7 cache=$8 prefix=$9

wrapper() {
  {
    echo '#!/bin/sh'
    echo "export ZIG_GLOBAL_CACHE_DIR='$cache' ZIG_LOCAL_CACHE_DIR='$cache'"
    echo "exec '$zig' $2 \"\$@\""
  } >"$wrappers/$triplet-$1"
  chmod +x "$wrappers/$triplet-$1"
}
if [ -n "${WRAPPERS-}" ]; then
  wrappers=$WRAPPERS
  partialld="$triplet-ld -r"
else
  wrappers=$tree.wrappers
  rm -rf "$wrappers"
  mkdir -p "$wrappers"
  wrapper gcc "cc -target $zig_target -O2 -fno-sanitize=undefined"
  wrapper ar ar
  wrapper ranlib ranlib
  wrapper partialld "cc -target $zig_target -r -nostdlib"
  printf '#!/bin/sh\nexit 0\n' >"$wrappers/$triplet-strip"
  chmod +x "$wrappers/$triplet-strip"
  partialld=$triplet-partialld
fi
PATH=$wrappers:$PATH
export PATH

unpack
./configure --prefix="$prefix" --build=x86_64-pc-linux-gnu --host="$triplet" --disable-shared --without-zstd \
  --disable-ocamldoc --disable-ocamltest --disable-debugger --disable-debug-runtime \
  --disable-instrumented-runtime --disable-installing-bytecode-programs PARTIALLD="$partialld"

make_() {
  # shellcheck disable=SC2016 # make puts in $(1) and $(2)
  make "$jobs" SAK_CC=cc "SAK_CFLAGS=-O1 -Iruntime" 'SAK_LINK=cc -o $(1) $(2)' "$@"
}
with_tools() {
  make_ OCAMLRUN="$host/bin/ocamlrun" NEW_OCAMLRUN="$host/bin/ocamlrun" BOOT_OCAMLLEX="$host/bin/ocamllex" \
    OCAMLYACC="$host/bin/ocamlyacc" STRIP=true "$@"
}
with_compilers() {
  with_tools CAMLC="$host/bin/ocamlc -I $host/lib/ocaml" CAMLOPT="$host/bin/ocamlopt -I $host/lib/ocaml" \
    BEST_OCAMLC="$host/bin/ocamlc" BEST_OCAMLOPT="$host/bin/ocamlopt" BEST_OCAMLLEX="$host/bin/ocamllex" "$@"
}
make_ runtime-all
with_compilers ocamlc expunge
with_compilers OC_BYTECODE_LINKFLAGS=-custom ocamllex tools-all
with_tools library
with_compilers ocaml
with_tools dynlink-all
with_tools -C otherlibs all
make_ runtimeopt
with_compilers ocamlc.opt ocamlopt.opt
with_tools libraryopt
with_tools otherlibrariesopt
with_compilers ocamllex.opt tools-allopt.opt
# compiler-libs: so far the host's objects, now the target's.
find utils parsing typing bytecomp file_formats lambda middle_end asmcomp driver toplevel \
  \( -name '*.cmx' -o -name '*.o' \) -exec rm -f {} +
rm -f tools/profiling.cmx tools/profiling.o
find compilerlibs \( -name '*.cmxa' -o -name '*.a' \) -exec rm -f {} +
with_tools CAMLC="$host/bin/ocamlc" CAMLOPT="$tree/ocamlopt.opt -nostdlib -I $tree/stdlib -I otherlibs/dynlink" \
  -o ocamlopt compilerlibs/ocamlcommon.cmxa compilerlibs/ocamlmiddleend.cmxa compilerlibs/ocamlbytecomp.cmxa \
  compilerlibs/ocamloptcomp.cmxa compilerlibs/ocamltoplevel.cmxa \
  driver/main.cmx driver/optmain.cmx toplevel/topstart.cmx tools/profiling.cmx
cp "$host/bin/ocamlyacc" yacc/ocamlyacc
with_tools install
