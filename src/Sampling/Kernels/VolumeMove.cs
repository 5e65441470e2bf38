using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// Metropolis moves of the volume, a barostat without an error: with dynamics that leaves exp(-beta U) invariant it samples the law of
/// constant pressure, rho(x, V) dx dV ~ exp(-beta (U(x; V) + P V)) dx dV, dV the measure of volumes. V' = V + a xi, xi uniform on (-1, 1),
/// and the centres R of the M molecules go to R (V'/V)^1/3 while each molecule keeps its shape and its turn, so held distances stay. With
/// x = (R, what is measured from R) the volume element is that of the M centres, and the move is accepted with
/// min(1, exp(-beta (U' - U + P (V' - V)) + M ln(V'/V))).
/// K.-H. Chow, D. M. Ferguson, Comput. Phys. Commun. 91 (1995) 283; J. Aqvist, P. Wennerstrom, M. Nervall, S. Bjelic, B. O. Brandsdal,
/// Chem. Phys. Lett. 384 (2004) 288.
/// </summary>
/// <remarks>Any mean of a molecule's atoms with fixed weights is a centre for which this is true; here it is the centre of mass, for which
/// -dU/dV is the molecular virial of <see cref="Potentials.Periodic.MolecularPressure"/>. Velocities stay: at given momenta the kinetic
/// energy knows no volume, and velocities that held distances allow are those of a shape and a turn. Energies are those of the lanes:
/// their rounding, a hundredth or two of kT of 216 waters, is the same function of (x, V) whenever it is asked, so the chain is exact for a
/// law that differs from the one that is meant by that, without a direction.</remarks>
public sealed class VolumeMove : MetropolisMove
{
    private const double FirstChange = 0.01, LargestChange = 0.3; // of the volume; what tuning may make of it
    private const double Target = 0.4; // acceptance
    private const double LeastRoom = 0.98; // of the edge: 6 % of the volume, three standard deviations of 216 waters

    private readonly IVariableBox _box;
    private readonly double[] _masses;
    private readonly double _pressure, _volume; // of a box that is not stretched

    /// <summary>Makes the kernel.</summary>
    /// <param name="potential">With boxes of the walkers' own.</param>
    /// <param name="masses">[N] Da, for the molecules' centres.</param>
    /// <param name="pressure">P, kJ/mol/nm^3 (<see cref="Potentials.Periodic.MolecularPressure.Bar"/>).</param>
    /// <exception cref="ArgumentException">A potential without such boxes, a box that is hardly larger than twice the cut-off, or a
    /// pressure that is not positive.</exception>
    public VolumeMove(Potential potential, IReadOnlyList<double> masses, double pressure)
    {
        _box = potential.VariableBox ?? throw new ArgumentException(
            $"Constant pressure needs a cubic box under Ewald's sum, which {potential.Name} does not have.");
        if (!(pressure > 0) || !double.IsFinite(pressure))
            throw new ArgumentException($"A pressure of {pressure} kJ/mol/nm^3 is not positive.");
        if (!(_box.SmallestStretch <= LeastRoom))
            throw new ArgumentException(FormattableString.Invariant(
                $"A box of {_box.Box.Edges.X:f3} nm must be free to shrink to {LeastRoom} of that, which is less than twice the cut-off: ")
                + "take a larger box or a shorter cut-off.");
        (_masses, _pressure, _volume) = ([.. masses], pressure, _box.Box.Edges.Volume);
        Change = FirstChange * _volume;
    }

    /// <summary>a, the largest change of the volume, nm^3. To be set or tuned before anything is averaged, and left alone then.</summary>
    public double Change { get; set; }

    /// <inheritdoc/>
    public override bool KeepsConstraints => true;

    /// <summary>Turns <see cref="Change"/> towards an acceptance of two fifths.</summary>
    /// <param name="acceptance">Of some proposals.</param>
    /// <param name="gain">How far to go.</param>
    public void Adapt(double acceptance, double gain) =>
        Change = Math.Min(Change * Math.Exp(gain * (acceptance - Target)), LargestChange * _volume);

    /// <inheritdoc/>
    /// <remarks>Boxes out of the potential's range are counted as outside of the support.</remarks>
    internal override (double LogRatio, double Uniform) Propose(WalkerBlock block, int lane, ulong key, ulong walker, long step,
        MetropolisWorkspace workspace)
    {
        (uint a, uint b, uint c, uint d) = Philox.Words(key, walker, 0);
        double from = block.Stretches[lane], before = Volume(from);
        double to = (float)Math.Cbrt((before + Change * (2 * Philox.Uniform(c, d) - 1)) / _volume), after = Volume(to); // as lanes have it
        if (!(to >= _box.SmallestStretch) || !(to <= _box.LargestStretch))
        {
            workspace.OutsideSupport++;
            return (double.NegativeInfinity, 1);
        }
        Scale(block, lane, to / from);
        block.Stretches[lane] = to;
        return (_box.Box.Molecules.Count * Math.Log(after / before) - block.Beta[lane] * _pressure * (after - before),
            Philox.Uniform(a, b));
    }

    private double Volume(double stretch) => _volume * stretch * stretch * stretch;

    /// <summary>Moves each molecule as a whole, its centre of mass by the factor.</summary>
    private void Scale(WalkerBlock block, int lane, double factor)
    {
        Span<float> x = block.Positions.Span;
        IReadOnlyList<int> molecules = _box.Box.Molecules;
        int width = block.Width;
        for (int m = 0; m < molecules.Count; m++)
        {
            int first = molecules[m], end = m + 1 < molecules.Count ? molecules[m + 1] : _masses.Length;
            double mass = 0, cx = 0, cy = 0, cz = 0;
            for (int atom = first; atom < end; atom++)
            {
                int k = 3 * atom * width + lane;
                mass += _masses[atom];
                cx += _masses[atom] * x[k];
                cy += _masses[atom] * x[k + width];
                cz += _masses[atom] * x[k + 2 * width];
            }
            double share = (factor - 1) / mass;
            for (int atom = first; atom < end; atom++)
            {
                int k = 3 * atom * width + lane;
                x[k] = (float)(x[k] + share * cx);
                x[k + width] = (float)(x[k + width] + share * cy);
                x[k + 2 * width] = (float)(x[k + 2 * width] + share * cz);
            }
        }
    }
}
