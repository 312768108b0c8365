# An operating system and its installer, small enough to be read at a glance.
#
# The installer is started from a CD (El Torito, no emulation). It turns the
# screen blue and waits for a key, as an installer waits for its user; then it
# fills the beginning of the first disk, writes the system's boot sector and
# restarts the machine. The installed system turns the screen green.

        .code16
        .globl  _start
_start: ljmp    $0, $begin
begin:  xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0x7c00, %esp           # the upper half may hold anything
        movw    $0x1f20, %ax            # spaces on blue
        call    paint
        xorw    %ax, %ax
        int     $0x16                   # a key

        movw    $128, %cx               # 128 times 32 KiB: 4 MiB
fill:   pushw   %cx
        movw    $packet, %si
        movb    $0x80, %dl
        movw    $0x4300, %ax
        int     $0x13
        jc      failed
        addw    $64, lba
        popw    %cx
        loop    fill

        movw    $1, count
        movw    $system, buffer
        movw    $0, buffer+2
        movw    $0, lba
        movw    $packet, %si
        movb    $0x80, %dl
        movw    $0x4300, %ax
        int     $0x13
        jc      failed
        movw    $0xcf9, %dx             # restart
        movb    $6, %al
        outb    %al, %dx
halt:   hlt
        jmp     halt

failed: movw    $0x4f20, %ax            # on red
        call    paint
        jmp     halt

# Fills the whole screen with the character and colour %ax. In text mode: the
# firmware's disk driver needs the memory that graphics modes show.
paint:  pushw   %ax
        movw    $3, %ax                 # 80 x 25
        int     $0x10
        movw    $0xb800, %ax
        movw    %ax, %es
        popw    %ax
        xorw    %di, %di
        movw    $2000, %cx
        cld
        rep     stosw
        xorw    %ax, %ax
        movw    %ax, %es
        ret

        .balign 4
packet: .byte   16, 0
count:  .word   64
buffer: .word   0, 0x1000               # whatever is there
lba:    .word   0, 0, 0, 0

        .org    1024
# The installed system; it runs at 0x7c00 too.
system: movw    $3, %ax
        int     $0x10
        movw    $0xb800, %ax
        movw    %ax, %es
        xorw    %di, %di
        movw    $0x2f20, %ax            # on green
        movw    $2000, %cx
        cld
        rep     stosw
rest:   hlt
        jmp     rest
        .org    1024 + 510
        .word   0xaa55
        .org    2048
