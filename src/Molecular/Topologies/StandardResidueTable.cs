namespace MolSampling.Molecular.Topologies;

/// <summary>
/// The table of <see cref="StandardResidue"/>. A block a residue: name and one-letter code; atoms in Amber's order; then "atom parent
/// grandparent reference length angle dihedral" (Angstrom, degrees), or "bond atom atom" for the bonds that close rings. "X = Y - Z" is Y
/// without atom Z. Side chains stand in a frequent rotamer; rings are planar, proline's is puckered.
/// </summary>
internal static class StandardResidueTable
{
    public const string Text = """
        ALA A
        atoms N H CA HA CB HB1 HB2 HB3 C O
        HB1 CB CA N 1.09 109.5 180
        HB2 CB CA N 1.09 109.5 -60
        HB3 CB CA N 1.09 109.5 60

        ARG R
        atoms N H CA HA CB HB2 HB3 CG HG2 HG3 CD HD2 HD3 NE HE CZ NH1 HH11 HH12 NH2 HH21 HH22 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.526 113 -65
        CD CG CB CA 1.526 112 180
        HG2 CG CB CA 1.09 109.5 -60
        HG3 CG CB CA 1.09 109.5 60
        NE CD CG CB 1.463 112 180
        HD2 CD CG CB 1.09 109.5 -60
        HD3 CD CG CB 1.09 109.5 60
        CZ NE CD CG 1.335 123.5 180
        HE NE CD CG 1.01 118 0
        NH1 CZ NE CD 1.335 120 0
        NH2 CZ NE CD 1.335 120 180
        HH11 NH1 CZ NE 1.01 120 180
        HH12 NH1 CZ NE 1.01 120 0
        HH21 NH2 CZ NE 1.01 120 180
        HH22 NH2 CZ NE 1.01 120 0

        ASN N
        atoms N H CA HA CB HB2 HB3 CG OD1 ND2 HD21 HD22 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.522 113 -65
        OD1 CG CB CA 1.229 120.4 -60
        ND2 CG CB CA 1.335 116.6 120
        HD21 ND2 CG CB 1.01 120 180
        HD22 ND2 CG CB 1.01 120 0

        ASH
        atoms N H CA HA CB HB2 HB3 CG OD1 OD2 HD2 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.522 113 -65
        OD1 CG CB CA 1.25 118 -60
        OD2 CG CB CA 1.25 117 120
        HD2 OD2 CG CB 0.96 113 180

        ASP = ASH - HD2

        CYS C
        atoms N H CA HA CB HB2 HB3 SG HG C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        SG CB CA N 1.81 113.8 -65
        HG SG CB CA 1.336 96 180

        CYX = CYS - HG

        CYM = CYS - HG

        GLN Q
        atoms N H CA HA CB HB2 HB3 CG HG2 HG3 CD OE1 NE2 HE21 HE22 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.526 113 -65
        CD CG CB CA 1.522 112.6 180
        HG2 CG CB CA 1.09 109.5 -60
        HG3 CG CB CA 1.09 109.5 60
        OE1 CD CG CB 1.229 120.4 0
        NE2 CD CG CB 1.335 116.6 180
        HE21 NE2 CD CG 1.01 120 180
        HE22 NE2 CD CG 1.01 120 0

        GLH
        atoms N H CA HA CB HB2 HB3 CG HG2 HG3 CD OE1 OE2 HE2 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.526 113 -65
        CD CG CB CA 1.522 112.6 180
        HG2 CG CB CA 1.09 109.5 -60
        HG3 CG CB CA 1.09 109.5 60
        OE1 CD CG CB 1.25 118 0
        OE2 CD CG CB 1.25 117 180
        HE2 OE2 CD CG 0.96 113 180

        GLU = GLH - HE2

        GLY G
        atoms N H CA HA2 HA3 C O
        HA2 CA C N 1.09 109.5 -120
        HA3 CA C N 1.09 109.5 120

        HIP
        atoms N H CA HA CB HB2 HB3 CG ND1 HD1 CE1 HE1 NE2 HE2 CD2 HD2 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.5 113.8 -65
        ND1 CG CB CA 1.38 122.7 -75
        CD2 CG CB CA 1.36 131 105
        CE1 ND1 CG CB 1.33 109 180
        NE2 CD2 CG CB 1.37 107 180
        HD1 ND1 CG CB 1.01 125.5 0
        HE1 CE1 ND1 CG 1.08 125.5 180
        HE2 NE2 CD2 CG 1.01 125.5 180
        HD2 CD2 CG CB 1.08 126 0
        bond CE1 NE2

        HID = HIP - HE2

        HIE = HIP - HD1

        ILE I
        atoms N H CA HA CB HB CG2 HG21 HG22 HG23 CG1 HG12 HG13 CD1 HD11 HD12 HD13 C O
        CG1 CB CA N 1.526 111 -60
        HB CB CA N 1.09 108 60
        CG2 CB CA N 1.526 111 180
        HG21 CG2 CB CA 1.09 109.5 180
        HG22 CG2 CB CA 1.09 109.5 -60
        HG23 CG2 CB CA 1.09 109.5 60
        CD1 CG1 CB CA 1.526 113 180
        HG12 CG1 CB CA 1.09 109.5 -60
        HG13 CG1 CB CA 1.09 109.5 60
        HD11 CD1 CG1 CB 1.09 109.5 180
        HD12 CD1 CG1 CB 1.09 109.5 -60
        HD13 CD1 CG1 CB 1.09 109.5 60

        LEU L
        atoms N H CA HA CB HB2 HB3 CG HG CD1 HD11 HD12 HD13 CD2 HD21 HD22 HD23 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.526 113 -65
        CD1 CG CB CA 1.526 110.5 180
        CD2 CG CB CA 1.526 110.5 -60
        HG CG CB CA 1.09 108 60
        HD11 CD1 CG CB 1.09 109.5 180
        HD12 CD1 CG CB 1.09 109.5 -60
        HD13 CD1 CG CB 1.09 109.5 60
        HD21 CD2 CG CB 1.09 109.5 180
        HD22 CD2 CG CB 1.09 109.5 -60
        HD23 CD2 CG CB 1.09 109.5 60

        LYS K
        atoms N H CA HA CB HB2 HB3 CG HG2 HG3 CD HD2 HD3 CE HE2 HE3 NZ HZ1 HZ2 HZ3 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.526 113 -65
        CD CG CB CA 1.526 112 180
        HG2 CG CB CA 1.09 109.5 -60
        HG3 CG CB CA 1.09 109.5 60
        CE CD CG CB 1.526 112 180
        HD2 CD CG CB 1.09 109.5 -60
        HD3 CD CG CB 1.09 109.5 60
        NZ CE CD CG 1.471 112 180
        HE2 CE CD CG 1.09 109.5 -60
        HE3 CE CD CG 1.09 109.5 60
        HZ1 NZ CE CD 1.01 109.5 180
        HZ2 NZ CE CD 1.01 109.5 -60
        HZ3 NZ CE CD 1.01 109.5 60

        LYN = LYS - HZ1

        MET M
        atoms N H CA HA CB HB2 HB3 CG HG2 HG3 SD CE HE1 HE2 HE3 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.526 113 -65
        SD CG CB CA 1.81 112.7 180
        HG2 CG CB CA 1.09 109.5 -60
        HG3 CG CB CA 1.09 109.5 60
        CE SD CG CB 1.79 100.8 180
        HE1 CE SD CG 1.09 109.5 180
        HE2 CE SD CG 1.09 109.5 -60
        HE3 CE SD CG 1.09 109.5 60

        PHE F
        atoms N H CA HA CB HB2 HB3 CG CD1 HD1 CE1 HE1 CZ HZ CE2 HE2 CD2 HD2 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.51 114 -65
        CD1 CG CB CA 1.4 120 90
        CD2 CG CB CA 1.4 120 -90
        CE1 CD1 CG CB 1.4 120 180
        CE2 CD2 CG CB 1.4 120 180
        CZ CE1 CD1 CG 1.4 120 0
        HD1 CD1 CG CB 1.08 120 0
        HD2 CD2 CG CB 1.08 120 0
        HE1 CE1 CD1 CG 1.08 120 180
        HE2 CE2 CD2 CG 1.08 120 180
        bond CE2 CZ
        HZ CZ CE1 CD1 1.08 120 180

        PRO P
        atoms N CD HD2 HD3 CG HG2 HG3 CB HB2 HB3 CA HA C O
        CB CA C N 1.53 112 115.3
        CG CB CA N 1.5 104.2 29.6
        CD CG CB CA 1.51 105 -34.8
        HB2 CB CA N 1.09 109.5 149.6
        HB3 CB CA N 1.09 109.5 -90.4
        HG2 CG CB CA 1.09 109.5 85.2
        HG3 CG CB CA 1.09 109.5 -154.8
        HD2 CD CG CB 1.09 109.5 147
        HD3 CD CG CB 1.09 109.5 -93
        bond N CD

        SER S
        atoms N H CA HA CB HB2 HB3 OG HG C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        OG CB CA N 1.41 110 -65
        HG OG CB CA 0.96 108.5 180

        THR T
        atoms N H CA HA CB HB CG2 HG21 HG22 HG23 OG1 HG1 C O
        OG1 CB CA N 1.41 109.5 -60
        HB CB CA N 1.09 108 60
        CG2 CB CA N 1.526 111 180
        HG21 CG2 CB CA 1.09 109.5 180
        HG22 CG2 CB CA 1.09 109.5 -60
        HG23 CG2 CB CA 1.09 109.5 60
        HG1 OG1 CB CA 0.96 108.5 180

        TRP W
        atoms N H CA HA CB HB2 HB3 CG CD1 HD1 NE1 HE1 CE2 CZ2 HZ2 CH2 HH2 CZ3 HZ3 CE3 HE3 CD2 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.495 114 -65
        CD1 CG CB CA 1.365 127 90
        CD2 CG CB CA 1.433 126.6 -90
        NE1 CD1 CG CB 1.374 110 180
        CE2 CD2 CG CB 1.409 107 180
        CE3 CD2 CG CB 1.398 133.9 0
        CZ2 CE2 CD2 CG 1.394 122.4 180
        CZ3 CE3 CD2 CG 1.382 118.6 180
        CH2 CZ2 CE2 CD2 1.368 117.5 0
        HD1 CD1 CG CB 1.08 125 0
        HE1 NE1 CD1 CG 1.01 125.5 180
        HE3 CE3 CD2 CG 1.08 120 0
        HZ2 CZ2 CE2 CD2 1.08 121 180
        HZ3 CZ3 CE3 CD2 1.08 119.5 180
        HH2 CH2 CZ2 CE2 1.08 119.5 180
        bond NE1 CE2
        bond CZ3 CH2

        TYR Y
        atoms N H CA HA CB HB2 HB3 CG CD1 HD1 CE1 HE1 CZ OH HH CE2 HE2 CD2 HD2 C O
        HB2 CB CA N 1.09 109.5 55
        HB3 CB CA N 1.09 109.5 175
        CG CB CA N 1.51 114 -65
        CD1 CG CB CA 1.4 120 90
        CD2 CG CB CA 1.4 120 -90
        CE1 CD1 CG CB 1.4 120 180
        CE2 CD2 CG CB 1.4 120 180
        CZ CE1 CD1 CG 1.4 120 0
        HD1 CD1 CG CB 1.08 120 0
        HD2 CD2 CG CB 1.08 120 0
        HE1 CE1 CD1 CG 1.08 120 180
        HE2 CE2 CD2 CG 1.08 120 180
        bond CE2 CZ
        OH CZ CE1 CD1 1.364 120 180
        HH OH CZ CE1 0.96 113 0

        VAL V
        atoms N H CA HA CB HB CG1 HG11 HG12 HG13 CG2 HG21 HG22 HG23 C O
        CG1 CB CA N 1.526 111 180
        CG2 CB CA N 1.526 111 -60
        HB CB CA N 1.09 108 60
        HG11 CG1 CB CA 1.09 109.5 180
        HG12 CG1 CB CA 1.09 109.5 -60
        HG13 CG1 CB CA 1.09 109.5 60
        HG21 CG2 CB CA 1.09 109.5 180
        HG22 CG2 CB CA 1.09 109.5 -60
        HG23 CG2 CB CA 1.09 109.5 60

        ACE
        atoms HH31 CH3 HH32 HH33 C O
        HH31 CH3 C O 1.09 109.5 0
        HH32 CH3 C O 1.09 109.5 120
        HH33 CH3 C O 1.09 109.5 -120
        bond CH3 C
        bond C O

        NME
        atoms N H CH3 HH31 HH32 HH33
        H N -C -O 1.01 119.8 180
        CH3 N -C -O 1.449 121.9 0
        HH31 CH3 N -C 1.09 109.5 60
        HH32 CH3 N -C 1.09 109.5 180
        HH33 CH3 N -C 1.09 109.5 -60

        NHE
        atoms N HN1 HN2
        HN1 N -C -O 1.01 120 180
        HN2 N -C -O 1.01 120 0

        HOH
        atoms O H1 H2
        bond O H1
        bond O H2
        """;
}
