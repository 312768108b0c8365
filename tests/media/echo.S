# Sends back, byte for byte, what comes in through the first serial port.
#
# A boot sector for a disk, and a program for a CD (El Torito, no emulation).
# First it says who it is. It asks for nothing and stops at nothing: all 256
# bytes go through. It sleeps while there is nothing to do, so that the
# emulator has time for the other side.

        .code16
        .globl  _start
        .set    buffer, 0x8000
_start: ljmp    $0, $begin
begin:  cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0x7c00, %esp           # the upper half may hold anything
        cld
        movw    $wake, 0x30             # interrupt 4 of the first controller
        movw    $0, 0x32
        inb     $0x21, %al
        andb    $0xef, %al
        outb    %al, $0x21
        movw    $0x3fc, %dx             # ready, and interrupts let through
        movb    $0x0b, %al
        outb    %al, %dx
        movw    $0x3fa, %dx             # FIFOs on and empty, told of in fourteens
        movb    $0xc7, %al
        outb    %al, %dx
        decw    %dx                     # interrupts for what comes in
        movb    $1, %al
        outb    %al, %dx

        movw    $hello, %si
word:   movw    $1, %cx
        cmpb    $0, (%si)
        je      next
        call    put
        jmp     word

next:   movw    $buffer, %di
        xorw    %cx, %cx
read:   movw    $0x3fd, %dx
        inb     %dx, %al
        testb   $1, %al
        jz      write
        movw    $0x3f8, %dx
        inb     %dx, %al
        stosb
        incw    %cx
        cmpw    $16, %cx
        jb      read
write:  jcxz    sleep
        movw    $buffer, %si
        call    put
        jmp     next

sleep:  sti                             # from the next instruction on
        hlt
        cli
        jmp     next

# Sends %cx bytes from %si, at most the sixteen that fit into an empty FIFO.
put:    movw    $0x3fd, %dx
full:   inb     %dx, %al
        testb   $0x20, %al
        jz      full
        movw    $0x3f8, %dx
        rep     outsb
        ret

wake:   pushw   %ax
        movb    $0x20, %al
        outb    %al, $0x20
        popw    %ax
        iret

hello:  .ascii  "Welcome to the inn\r\n"
        .asciz  "inn login: "

        .org    510
        .word   0xaa55
