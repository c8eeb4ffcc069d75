(* Uses Unix, Str, threads, floats, exceptions and the Gc for real; prints one name=value a line. *)
let line name value = Printf.printf "%s=%s\n%!" name value

let unix () =
  let reading, writing = Unix.pipe () in
  let text = "through a pipe" in
  ignore (Unix.write_substring writing text 0 (String.length text));
  Unix.close writing;
  let buffer = Bytes.create 64 in
  let got = Unix.read reading buffer 0 64 in
  Unix.close reading;
  line "unix" (Bytes.sub_string buffer 0 got);
  line "unix_error"
    (try ignore (Unix.openfile "/nowhere/at/all" [ Unix.O_RDONLY ] 0); "none"
     with Unix.Unix_error (error, _, _) -> Unix.error_message error)

let str () = line "str" (Str.global_replace (Str.regexp "[0-9]+") "#" "a1b22c333")

let threads () =
  let mutex = Mutex.create () and total = ref 0 in
  let work n =
    for _ = 1 to 1000 do
      Mutex.lock mutex;
      total := !total + n;
      Mutex.unlock mutex
    done
  in
  List.iter Thread.join (List.map (Thread.create work) [ 1; 2; 3; 4 ]);
  line "threads" (string_of_int !total)

let floats () =
  line "float_g" (Printf.sprintf "%.17g" (4.0 *. atan 1.0));
  line "float_h" (Printf.sprintf "%h" 0.1);
  line "float_special" (Printf.sprintf "%g %g %g" infinity neg_infinity (sqrt (-1.0) *. 0.0 |> abs_float));
  line "float_parse" (string_of_float (float_of_string "0x1.8p3"))

exception Own of int

let exceptions () =
  let rec deep n = if n = 0 then raise (Own 42) else 1 + deep (n - 1) in
  line "exception" (try string_of_int (deep 10_000) with Own n -> "Own " ^ string_of_int n);
  line "division" (try string_of_int (1 / Sys.opaque_identity 0) with Division_by_zero -> "Division_by_zero");
  line "bounds" (try string_of_int [| 1 |].(Sys.opaque_identity 1) with Invalid_argument m -> m)

(* A dense match becomes a jump table, which a wrong assembler corrupts silently. *)
let jump_table n =
  match Sys.opaque_identity n with
  | 0 -> "zero" | 1 -> "one" | 2 -> "two" | 3 -> "three" | 4 -> "four"
  | 5 -> "five" | 6 -> "six" | 7 -> "seven" | 8 -> "eight" | 9 -> "nine" | _ -> "many"

let gc () =
  let table = Hashtbl.create 16 in
  for n = 1 to 200_000 do
    Hashtbl.replace table (n mod 1000) (String.make 20 'x', [ n; n + 1 ])
  done;
  Gc.full_major ();
  Gc.compact ();
  line "gc" (string_of_int (Hashtbl.fold (fun _ (s, l) sum -> sum + String.length s + List.length l) table 0))

let () =
  unix (); str (); threads (); floats (); exceptions ();
  line "jump_table" (String.concat "," (List.map jump_table [ 0; 3; 7; 9; 10 ]));
  gc ()
