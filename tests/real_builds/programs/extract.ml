(* extract ARCHIVE DIGESTS FOLDER: reads a zip archive, checks the SHA-256 of each file, and writes the files.
   DIGESTS has a line `sha256 name` for each. Nothing is written before everything is checked. *)

let fail fmt = Printf.ksprintf (fun message -> prerr_endline ("extract: " ^ message); exit 1) fmt

(* SHA-256, FIPS 180-4. Words are ints of 63 bits, cut to 32. *)
module Sha256 = struct
  let mask = 0xffffffff

  (* The first 32 bits of the fractional parts of the roots of the first primes. *)
  let primes count =
    let rec from n found = if List.length found = count then List.rev found
      else from (n + 1) (if List.exists (fun p -> n mod p = 0) found then found else n :: found) in
    from 2 []

  let fraction root prime =
    let root = root (float_of_int prime) in
    int_of_float (ldexp (root -. floor root) 32) land mask

  let k = Array.of_list (List.map (fraction Float.cbrt) (primes 64))
  let rotate x n = ((x lsr n) lor (x lsl (32 - n))) land mask

  let digest data =
    let length = String.length data in
    let padded = Bytes.make ((length + 72) / 64 * 64) '\000' in
    Bytes.blit_string data 0 padded 0 length;
    Bytes.set padded length '\128';
    Bytes.set_int64_be padded (Bytes.length padded - 8) (Int64.of_int (length * 8));
    let h = Array.of_list (List.map (fraction sqrt) (primes 8)) and w = Array.make 64 0 in
    for block = 0 to Bytes.length padded / 64 - 1 do
      for t = 0 to 15 do
        w.(t) <- Int32.to_int (Bytes.get_int32_be padded (block * 64 + t * 4)) land mask
      done;
      for t = 16 to 63 do
        let a = w.(t - 15) and b = w.(t - 2) in
        let s0 = rotate a 7 lxor rotate a 18 lxor (a lsr 3) and s1 = rotate b 17 lxor rotate b 19 lxor (b lsr 10) in
        w.(t) <- (w.(t - 16) + s0 + w.(t - 7) + s1) land mask
      done;
      let v = Array.copy h in
      for t = 0 to 63 do
        let e = v.(4) and a = v.(0) in
        let s1 = rotate e 6 lxor rotate e 11 lxor rotate e 25 and s0 = rotate a 2 lxor rotate a 13 lxor rotate a 22 in
        let choice = (e land v.(5)) lxor (lnot e land mask land v.(6)) in
        let majority = (a land v.(1)) lxor (a land v.(2)) lxor (v.(1) land v.(2)) in
        let one = (v.(7) + s1 + choice + k.(t) + w.(t)) land mask in
        Array.blit v 0 v 1 7;
        v.(4) <- (v.(4) + one) land mask;
        v.(0) <- (one + s0 + majority) land mask
      done;
      Array.iteri (fun i x -> h.(i) <- (h.(i) + x) land mask) v
    done;
    String.concat "" (Array.to_list (Array.map (Printf.sprintf "%08x") h))
end

(* RFC 1951. A code is a table: for each length, how many symbols have it; and the symbols in their order. *)
module Inflate = struct
  let code lengths =
    let counts = Array.make 16 0 in
    Array.iter (fun length -> counts.(length) <- counts.(length) + 1) lengths;
    counts.(0) <- 0;
    let all = List.init (Array.length lengths) (fun symbol -> (lengths.(symbol), symbol)) in
    (counts, Array.of_list (List.map snd (List.sort compare (List.filter (fun (length, _) -> length > 0) all))))

  let bases first extras =
    let next = ref first in
    Array.map (fun extra -> let base = !next in next := base + (1 lsl extra); (base, extra)) extras

  let lengths =
    let all = bases 3 (Array.init 28 (fun n -> if n < 8 then 0 else (n - 4) / 4)) in
    Array.append all [| (258, 0) |]
  let distances = bases 1 (Array.init 30 (fun n -> if n < 4 then 0 else (n - 2) / 2))
  let order = [| 16; 17; 18; 0; 8; 7; 9; 6; 10; 5; 11; 4; 12; 3; 13; 2; 14; 1; 15 |]

  let run source start size =
    let out = Buffer.create size and place = ref (start * 8) in
    let bit () =
      let value = (Char.code source.[!place lsr 3] lsr (!place land 7)) land 1 in
      incr place; value in
    let bits count =
      let value = ref 0 in
      for n = 0 to count - 1 do value := !value lor (bit () lsl n) done;
      !value in
    let symbol (counts, symbols) =
      let rec go length value first index =
        if length > 15 then fail "damaged data";
        let value = value lor bit () and count = counts.(length) in
        if value - first < count then symbols.(index + value - first)
        else go (length + 1) (value lsl 1) ((first + count) lsl 1) (index + count) in
      go 1 0 0 0 in
    let rec symbols literals far =
      match symbol literals with
      | 256 -> ()
      | n when n < 256 -> Buffer.add_char out (Char.chr n); symbols literals far
      | n ->
        let base, extra = lengths.(n - 257) in
        let length = base + bits extra in
        let base, extra = distances.(symbol far) in
        let from = Buffer.length out - base - bits extra in
        for n = 0 to length - 1 do Buffer.add_char out (Buffer.nth out (from + n)) done;
        symbols literals far in
    let described () =
      let literals = bits 5 + 257 in
      let far = bits 5 + 1 in
      let known = Array.make 19 0 in
      for n = 0 to bits 4 + 3 do known.(order.(n)) <- bits 3 done;
      let all = Array.make (literals + far) 0 and known = code known and n = ref 0 in
      let again value count = for _ = 1 to count do all.(!n) <- value; incr n done in
      while !n < literals + far do
        match symbol known with
        | 16 -> again all.(!n - 1) (3 + bits 2)
        | 17 -> again 0 (3 + bits 3)
        | 18 -> again 0 (11 + bits 7)
        | length -> again length 1
      done;
      symbols (code (Array.sub all 0 literals)) (code (Array.sub all literals far)) in
    let fixed = Array.init 288 (fun n -> if n < 144 then 8 else if n < 256 then 9 else if n < 280 then 7 else 8) in
    let rec blocks () =
      let last = bit () in
      (match bits 2 with
       | 0 ->
         let at = (!place + 7) / 8 in
         let length = String.get_uint16_le source at in
         Buffer.add_string out (String.sub source (at + 4) length);
         place := (at + 4 + length) * 8
       | 1 -> symbols (code fixed) (code (Array.make 30 5))
       | 2 -> described ()
       | _ -> fail "damaged data");
      if last = 0 then blocks () in
    blocks ();
    if Buffer.length out <> size then fail "%d bytes came, %d were promised" (Buffer.length out) size;
    Buffer.contents out
end

let read name =
  let input = open_in_bin name in
  let data = really_input_string input (in_channel_length input) in
  close_in input;
  data

let word data at = Int32.to_int (String.get_int32_le data at) land 0xffffffff

(* The entries of an archive: name, method, size and where its data is. *)
let entries archive =
  let half = String.get_uint16_le archive in
  let rec ending at = if at < 0 then fail "no zip archive" else if word archive at = 0x06054b50 then at else ending (at - 1) in
  let ending = ending (String.length archive - 22) in
  let at = ref (word archive (ending + 16)) in
  List.init (half (ending + 10)) (fun _ ->
      let start = !at in
      let length = half (start + 28) and local = word archive (start + 42) in
      at := start + 46 + length + half (start + 30) + half (start + 32);
      ( String.sub archive (start + 46) length, half (start + 10), word archive (start + 24),
        local + 30 + half (local + 26) + half (local + 28) ))

let () =
  let archive, digests, folder =
    match Sys.argv with [| _; a; d; f |] -> (read a, read d, f) | _ -> fail "extract ARCHIVE DIGESTS FOLDER" in
  let known = List.filter_map (fun line ->
      match String.split_on_char ' ' line with [ digest; name ] -> Some (name, digest) | _ -> None)
      (String.split_on_char '\n' digests) in
  let checked = List.map (fun (name, how, size, at) ->
      if String.contains name '/' then fail "%S is outside of the folder" name;
      let data = match how with
        | 0 -> String.sub archive at size
        | 8 -> Inflate.run archive at size
        | other -> fail "%s is compressed in an unusual way (%d)" name other in
      let digest = Sha256.digest data in
      (match List.assoc_opt name known with
       | Some wanted when wanted = digest -> ()
       | Some _ -> fail "%s is not what it should be: %s" name digest
       | None -> fail "%s is not expected" name);
      (name, data)) (entries archive) in
  List.iter (fun (name, _) -> if not (List.mem_assoc name checked) then fail "%s is missing" name) known;
  Unix.mkdir folder 0o755;
  List.iter (fun (name, data) ->
      let out = open_out_bin (Filename.concat folder name) in
      output_string out data;
      close_out out;
      Printf.printf "%s: %d bytes\n" name (String.length data)) checked
