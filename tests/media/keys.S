# Writes what keyboard and mouse send to the first serial port and the screen.
#
# Started from a CD (El Torito, no emulation). First the word "ready", then each
# byte as two hexadecimal digits and a space, those of the mouse behind an "m".

        .code16
        .globl  _start
_start: ljmp    $0, $begin
begin:  xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movl    $0x7c00, %esp           # the upper half may hold anything
        movw    $3, %ax                 # 80 x 25
        int     $0x10
        cli                             # the firmware is to read no key
        movb    $0xff, %al
        outb    %al, $0x21
        outb    %al, $0xa1
        movw    $0xb800, %ax
        movw    %ax, %es
        xorw    %di, %di

        call    wait                    # the mouse, on
        movb    $0xa8, %al
        outb    %al, $0x64
        call    wait
        movb    $0xd4, %al
        outb    %al, $0x64
        call    wait
        movb    $0xf4, %al
        outb    %al, $0x60

        movw    $ready, %si
word:   lodsb
        testb   %al, %al
        jz      next
        call    put
        jmp     word

next:   inb     $0x64, %al
        testb   $1, %al
        jz      next
        movb    %al, %bl
        inb     $0x60, %al
        testb   $0x20, %bl
        jz      key
        movb    %al, %bl
        movb    $'m', %al
        call    put
        movb    %bl, %al
key:    call    hex
        movb    $' ', %al
        call    put
        jmp     next

wait:   inb     $0x64, %al
        testb   $2, %al
        jnz     wait
        ret

hex:    movb    %al, %cl
        shrb    $4, %al
        call    digit
        movb    %cl, %al
        andb    $15, %al
digit:  cmpb    $10, %al
        jb      number
        addb    $'a' - '0' - 10, %al
number: addb    $'0', %al
put:    movw    $0x3f8, %dx
        outb    %al, %dx
        movb    $0x1f, %ah              # white on blue
        movw    %ax, %es:(%di)
        addw    $2, %di
        cmpw    $4000, %di
        jb      done
        xorw    %di, %di
done:   ret

ready:  .asciz  "ready "
