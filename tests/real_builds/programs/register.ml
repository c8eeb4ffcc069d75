(* x28 is the C library's on aarch64: whatever OCaml does, it stays as it is. *)
external get : unit -> int = "read_x28"
external set : int -> unit = "write_x28"

exception Found of int

let rec deep n = if n = 0 then raise (Found 7) else 1 + deep (n - 1)
let callback = ref (fun (_ : int) -> 0)

(* More values alive at once than there are registers. *)
let crowded a b c d e f g h i j k l m n o p =
  let q = a + b and r = c + d and s = e + f and t = g + h and u = i + j and v = k + l and w = m + n in
  let x = o * p and y = q lxor r and z = s lxor t in
  let list = List.init 20 (fun index -> index * (a + z)) in
  a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r + s + t + u + v + w + x + y + z
  + List.fold_left ( + ) 0 list

let () =
  set 0x5eed;
  let same what = Printf.printf "%s=%b\n" what (get () = 0x5eed) in
  let table = Hashtbl.create 16 in
  for n = 1 to 100_000 do Hashtbl.replace table (n mod 997) (String.make (n mod 50) 'x') done;
  Gc.compact ();
  same "garbage collection";
  (try ignore (deep 10_000) with Found 7 -> ());
  same "exceptions";
  let sum = ref 0 in
  for n = 1 to 10_000 do sum := !sum + crowded n 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 done;
  Printf.printf "sum=%d\n" !sum;
  same "many values";
  callback := (fun n -> List.length (List.sort compare (List.init n (fun k -> -k))));
  Array.iter (fun n -> assert (!callback n = n)) (Array.init 100 Fun.id);
  let sorted = Array.init 5_000 (fun n -> (n * 7919) mod 5_003) in
  Array.stable_sort compare sorted;
  same "closures";
  let threads = List.init 4 (fun n -> Thread.create (fun () ->
    for _ = 1 to 200 do ignore (Sys.opaque_identity (List.init 100 (fun k -> k * n))); Thread.yield () done) ()) in
  List.iter Thread.join threads;
  same "threads";
  Printf.printf "floats=%.3f\n" (List.fold_left (+.) 0. (List.init 100 (fun n -> sqrt (float n))))
