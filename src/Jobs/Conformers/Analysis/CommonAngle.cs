namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>
/// One angle for torsions of one axis that turn together and that symmetry maps onto one another: the mean of their angles, each turned
/// back by its place. A ring flipped by half a turn exchanges two torsions that differ by half a turn on average only; of their mean the
/// flip changes nothing but the turn. The torsions of an inversion are one but for the sign.
/// </summary>
/// <param name="Torsions">[m] places among the molecule's torsions.</param>
/// <param name="Steps">[m] in 2 pi / Turns: how far each is turned against the common angle.</param>
/// <param name="Reflected">[m] whether it has the opposite sign.</param>
/// <param name="Turns">Symmetry turns the common angle by multiples of 2 pi / Turns.</param>
internal sealed record CommonAngle(int[] Torsions, int[] Steps, bool[] Reflected, int Turns)
{
    /// <summary>Whether symmetry changes its sign.</summary>
    public bool HasReflections => Reflected.Contains(true);

    /// <summary>That of a torsion by itself.</summary>
    public static CommonAngle Single(int torsion) => new([torsion], [0], [false], 1);

    /// <summary>How far a torsion is turned against the common angle, rad.</summary>
    public double Turn(int member) => 2 * Math.PI * Steps[member] / Turns;

    /// <summary>The common angle, rad in [-pi, pi].</summary>
    /// <param name="angles">[T] rad, of all the molecule's torsions.</param>
    public double Of(ReadOnlySpan<double> angles)
    {
        if (Torsions.Length == 1)
            return angles[Torsions[0]];
        double cosines = 0, sines = 0;
        for (int m = 0; m < Torsions.Length; m++)
        {
            (double sine, double cosine) = Math.SinCos(angles[Torsions[m]] - Turn(m));
            cosines += cosine;
            sines += Reflected[m] ? -sine : sine;
        }
        return Math.Atan2(sines, cosines);
    }
}
