(* Files, sockets, processes, signals, errors: what each system numbers in its own way. One name=value a line. *)
let line name value = Printf.printf "%s=%s\n%!" name value

let files () =
  let name = Filename.temp_file "portable" ".txt" in
  let out = open_out_gen [ Open_wronly; Open_trunc; Open_creat ] 0o600 name in
  output_string out "first\n"; close_out out;
  let out = open_out_gen [ Open_wronly; Open_append ] 0o600 name in
  output_string out "second\n"; close_out out;
  let input = open_in name in
  let first = input_line input in
  let second = input_line input in
  close_in input;
  line "file" (first ^ " " ^ second);
  line "exclusive"
    (try Unix.close (Unix.openfile name [ Unix.O_CREAT; Unix.O_EXCL; Unix.O_WRONLY ] 0o600); "made again"
     with Unix.Unix_error (Unix.EEXIST, _, _) -> "EEXIST");
  line "size" (string_of_int (Unix.stat name).Unix.st_size);
  Sys.remove name;
  line "removed" (string_of_bool (not (Sys.file_exists name)))

let sockets () =
  let server = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in
  Unix.setsockopt server Unix.SO_REUSEADDR true;
  Unix.bind server (Unix.ADDR_INET (Unix.inet_addr_loopback, 0));
  Unix.listen server 1;
  let client = Thread.create (fun address ->
    let socket = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in
    Unix.connect socket address;
    ignore (Unix.write_substring socket "over a socket" 0 13);
    Unix.close socket) (Unix.getsockname server) in
  let peer, _ = Unix.accept server in
  let buffer = Bytes.create 64 in
  let got = Unix.read peer buffer 0 64 in
  Thread.join client; Unix.close peer; Unix.close server;
  line "socket" (Bytes.sub_string buffer 0 got);
  let a, b = Unix.socketpair Unix.PF_UNIX Unix.SOCK_STREAM 0 in
  ignore (Unix.write_substring a "pair" 0 4);
  let got = Unix.read b buffer 0 64 in
  Unix.close a; Unix.close b;
  line "socketpair" (Bytes.sub_string buffer 0 got);
  line "refused"
    (let socket = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in
     try Unix.connect socket (Unix.ADDR_INET (Unix.inet_addr_loopback, 1)); "connected"
     with Unix.Unix_error (Unix.ECONNREFUSED, _, _) -> "ECONNREFUSED")

let processes () =
  (match Unix.fork () with
   | 0 -> Unix._exit 7
   | child ->
     (match Unix.waitpid [] child with
      | _, Unix.WEXITED n -> line "child" (string_of_int n)
      | _ -> line "child" "?"));
  let r, w = Unix.pipe () in
  let child = Unix.create_process "/bin/sh" [| "sh"; "-c"; "echo from a process" |] Unix.stdin w Unix.stderr in
  Unix.close w;
  let input = Unix.in_channel_of_descr r in
  line "process" (input_line input);
  close_in input; ignore (Unix.waitpid [] child);
  let child = Unix.fork () in
  if child = 0 then (Unix.sleep 60; Unix._exit 0);
  Unix.kill child Sys.sigterm;
  (match Unix.waitpid [] child with
   | _, Unix.WSIGNALED s -> line "killed" (string_of_bool (s = Sys.sigterm))
   | _ -> line "killed" "?")

let signals () =
  let got = ref 0 in
  Sys.set_signal Sys.sigusr1 (Sys.Signal_handle (fun _ -> incr got));
  Unix.kill (Unix.getpid ()) Sys.sigusr1;
  Thread.yield ();
  line "signal" (string_of_int !got);
  ignore (Unix.sigprocmask Unix.SIG_BLOCK [ Sys.sigusr1 ]);
  Unix.kill (Unix.getpid ()) Sys.sigusr1;
  line "pending" (string_of_bool (List.mem Sys.sigusr1 (Unix.sigpending ())));
  ignore (Unix.sigprocmask Unix.SIG_UNBLOCK [ Sys.sigusr1 ]);
  line "signals" (string_of_int !got)

let time () =
  line "gmtime" (let t = Unix.gmtime 86400.5 in Printf.sprintf "%d-%d-%d" (1900 + t.Unix.tm_year) (1 + t.Unix.tm_mon) t.Unix.tm_mday);
  let condition = Condition.create () and mutex = Mutex.create () and go = ref false in
  let waiter = Thread.create (fun () -> Mutex.lock mutex; while not !go do Condition.wait condition mutex done; Mutex.unlock mutex) () in
  Thread.delay 0.01; Mutex.lock mutex; go := true; Condition.signal condition; Mutex.unlock mutex; Thread.join waiter;
  line "condition" "woken"

let () = files (); sockets (); processes (); signals (); time ()
