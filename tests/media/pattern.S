# Fills a screen of 1920 x 1080 with a moving pattern, about 36 times a second.
#
# Started from a CD (El Torito, no emulation) on a machine with QEMU's standard
# VGA card. The number of the frame stands in 24 black or white squares, in Gray
# code, so that one that is seen half drawn is the former or the new one; the
# lowest bit is at the left. A larger square beside them changes between black
# and white with each key.

        .equ    WIDTH, 1920
        .equ    HEIGHT, 1080
        .equ    TOP, 512                        # of the squares
        .equ    SIDE, 64                        # of the large one
        .equ    MARGIN, 640                     # beside which they are
        .equ    MARKS, (TOP * WIDTH + 64) * 4   # the first square's first pixel

        .code16
        .globl  _start
_start: ljmp    $0, $begin
begin:  xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movl    $0x7c00, %esp

        movw    $modes, %si             # the card's registers
mode:   lodsw
        cmpw    $0xffff, %ax
        je      find
        movw    $0x1ce, %dx
        outw    %ax, %dx
        lodsw
        incw    %dx
        outw    %ax, %dx
        jmp     mode

find:   movl    $0x80000008, %ebx       # its memory: the first display device
next:   movl    %ebx, %eax
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movw    $0xcfc, %dx
        inl     %dx, %eax
        shrl    $16, %eax
        cmpw    $0x0300, %ax
        je      found
        addl    $0x800, %ebx
        jmp     next
found:  leal    8(%ebx), %eax
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movw    $0xcfc, %dx
        inl     %dx, %eax
        andl    $0xfffffff0, %eax
        movl    %eax, memory

        movb    $0x36, %al              # the clock ticks 36 times a second
        outb    %al, $0x43
        xorb    %al, %al
        outb    %al, $0x40
        movb    $0x80, %al
        outb    %al, $0x40

frame:  sti
        hlt
        movb    $1, %ah
        int     $0x16
        jz      draw
        xorb    %ah, %ah
        int     $0x16
        notl    key

draw:   cli                             # 4 GiB within reach of %es
        lgdt    table
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $8, %bx
        movw    %bx, %es
        andb    $0xfe, %al
        movl    %eax, %cr0
        xorw    %bx, %bx
        movw    %bx, %es

        incl    number
        movl    memory, %edi
        movl    number, %ebx
        shll    $2, %ebx
        movw    $HEIGHT, %dx
row:    movl    $WIDTH, %ecx
        leaw    SIDE - 1 + TOP - HEIGHT(%edx), %ax  # lines with squares
        cmpw    $SIDE, %ax
        jae     fill
        subl    $MARGIN, %ecx
        addl    $MARGIN * 4, %edi
fill:   movl    %ebx, %eax              # a colour a line, moving
        imull   $0x010305, %eax, %eax
        addr32 rep stosl
        incl    %ebx
        decw    %dx
        jnz     row

        movl    memory, %edi
        addl    $MARKS, %edi
        movl    number, %ebx
        movl    %ebx, %eax
        shrl    $1, %eax
        xorl    %eax, %ebx
        movw    $24, %dx
bit:    xorl    %eax, %eax
        shrl    $1, %ebx
        sbbl    %eax, %eax
        movl    $16, %ebp
        call    square
        addl    $16 * 4, %edi
        decw    %dx
        jnz     bit
        movl    key, %eax
        movl    $64, %ebp
        call    square
        jmp     frame

square: pushl   %edi                    # of %ebp pixels, of the colour %eax
        movl    %ebp, %esi
line:   pushl   %edi
        movl    %ebp, %ecx
        addr32 rep stosl
        popl    %edi
        addl    $WIDTH * 4, %edi
        decl    %esi
        jnz     line
        popl    %edi
        ret

modes:  .word   4, 0, 1, WIDTH, 2, HEIGHT, 3, 32, 4, 0x41, 0xffff
        .balign 8
null:   .quad   0, 0x00cf92000000ffff
table:  .word   15
        .long   null
memory: .long   0
number: .long   0
key:    .long   0
