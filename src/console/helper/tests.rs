use std::{
    io::{Read, Write},
    os::{fd::AsFd, unix::net::UnixStream},
};

use super::{Why, line};

#[test]
fn descriptors_arrive_with_their_message_and_what_follows_stays() {
    let (ours, theirs) = UnixStream::pair().expect("a line");
    let (server, mut client) = UnixStream::pair().expect("a server");
    let mut bytes = Vec::new();
    line::Writer::new(&mut bytes, 7).text("inn").end();
    line::send_with(&ours, &bytes, &[server.as_fd()]).expect("sent");
    (&ours).write_all(&bytes).expect("one more, alone");
    drop(server);
    drop(ours);
    let (message, fds) = line::receive(&theirs, 64).expect("whole").expect("not the end");
    let mut fields = line::Fields(&message);
    assert_eq!((fields.u8(), fields.text()), (Ok(7), Ok("inn".to_owned())));
    let [server] = <[_; 1]>::try_from(fds).expect("one descriptor");
    let (again, none) = line::receive(&theirs, 64).expect("whole").expect("not the end");
    assert_eq!(again, message);
    assert!(none.is_empty());
    assert!(line::receive(&theirs, 64).expect("the end").is_none());
    UnixStream::from(server).write_all(b"x").expect("the server's end");
    let mut byte = [0];
    client.read_exact(&mut byte).expect("arrives");
}

#[test]
fn a_message_that_is_too_long_is_not_read() {
    let long = 65_u32.to_le_bytes();
    assert!(line::read_message(&mut long.as_slice(), 64).is_err());
    assert_eq!(line::read_message(&mut [].as_slice(), 64).expect("the end"), None);
}

#[test]
fn reasons_come_back_as_they_were() {
    for why in [Why::Authentication, Why::Stranger, Why::Unshowable] {
        let mut bytes = Vec::new();
        why.write(line::Writer::new(&mut bytes, 0)).end();
        assert_eq!(Why::read(&mut line::Fields(&bytes[5..])), Ok(why));
    }
    assert!(Why::read(&mut line::Fields(&[200])).is_err());
}
