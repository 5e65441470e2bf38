using System.Runtime.Intrinsics;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>The number type of the batched path.</summary>
public enum LaneKind
{
    /// <summary>The widest that the machine runs in hardware.</summary>
    Auto,

    /// <summary>512 bits, 16 walkers.</summary>
    Float512,

    /// <summary>256 bits, 8 walkers.</summary>
    Float256,

    /// <summary>128 bits, 4 walkers.</summary>
    Float128,
}

/// <summary>A sum of force-field terms, U(x) = sum over tables of sum over rows: the engine.</summary>
public sealed class ForceFieldPotential : Potential, IVariableBox
{
    private const double MostStretch = 0.1; // what the polynomials of the waves' weights, and the waves that there are, serve

    private readonly TermTable[] _tables;
    private readonly VirtualSite[] _sites;
    private readonly double[] _constants; // of the energies
    private readonly double _constant, _perVolume; // the second is a part of the first
    private readonly int _energyCount, _scratchLanes, _siteLanes; // rows of atoms and sites; 0 where there are no sites
    private readonly Lazy<string> _fingerprint;
    [ThreadStatic] private static LaneBuffer? t_scratch; // of the largest system that the thread has met

    /// <summary>Makes the engine of a parameterised system.</summary>
    /// <exception cref="ArgumentException">A table names an atom that does not exist.</exception>
    public ForceFieldPotential(SystemParameters parameters, LaneKind lanes = LaneKind.Auto, string name = "force field")
    {
        (Parameters, Name, _fingerprint) = (parameters, name, new(parameters.Fingerprint));
        AtomCount = parameters.Masses.Count;
        IsTranslationInvariant = parameters.IsTranslationInvariant;
        _tables = [.. parameters.FilledTerms];
        _sites = [.. parameters.VirtualSites];
        if (Array.Exists(_sites, s => Math.Min(s.A, Math.Min(s.B, s.C)) < 0 || Math.Max(s.A, Math.Max(s.B, s.C)) >= AtomCount
            || Math.Abs(s.WeightA + s.WeightB + s.WeightC - 1) > 1e-9))
            throw new ArgumentException($"A virtual site needs three of the {AtomCount} atoms and weights whose sum is 1.");
        foreach (TermTable table in _tables)
            foreach (int atom in table.Atoms)
                if ((uint)atom >= (uint)(AtomCount + _sites.Length))
                    throw new ArgumentException($"Term '{table.Name}' names atom {atom}; the system has {AtomCount}.");
        Lanes = lanes != LaneKind.Auto ? lanes
            : Vector512.IsHardwareAccelerated ? LaneKind.Float512
            : Vector256.IsHardwareAccelerated ? LaneKind.Float256
            : LaneKind.Float128;
        BlockWidth = Lanes switch { LaneKind.Float512 => Float512.Width, LaneKind.Float256 => Float256.Width, _ => Float128.Width };
        EnergyNames = [.. _tables.SelectMany(t => t.EnergyNames)];
        _energyCount = EnergyNames.Count;
        _constants = [.. _tables.SelectMany(t => t.Constants.Count > 0 ? t.Constants : Enumerable.Repeat(0.0, t.EnergyNames.Count))];
        _constant = _constants.Sum();
        _perVolume = _tables.Sum(t => t.PerVolume);
        double cutoff = _tables.Select(t => t.Cutoff).DefaultIfEmpty(0).Max();
        if (parameters is { Box.Edges: { IsCubic: true } edges, Path: null } && cutoff > 0 && Array.TrueForAll(_tables, t =>
            t.HeedsStretch))
            (VariableBox, SmallestStretch, LargestStretch) = (this, Math.Max(2 * cutoff / edges.X, 1 - MostStretch), 1 + MostStretch);
        _siteLanes = _sites.Length == 0 ? 0 : 3 * (AtomCount + _sites.Length);
        _scratchLanes = 2 * _siteLanes + (_tables.Length == 0 ? 0 : _tables.Max(t => t.StagedScratchLanes));
    }

    /// <summary>What the engine was made from.</summary>
    public SystemParameters Parameters { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Fingerprint => _fingerprint.Value;

    /// <summary>The lanes in use.</summary>
    public LaneKind Lanes { get; }

    /// <inheritdoc/>
    public override int AtomCount { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses => Parameters.Masses;

    /// <inheritdoc/>
    public override int BlockWidth { get; }

    /// <inheritdoc/>
    public override bool IsTranslationInvariant { get; }

    /// <inheritdoc/>
    public override IConstraints? Constraints => Parameters.Constraints;

    /// <inheritdoc/>
    public override PeriodicBox? Box => Parameters.Box;

    /// <inheritdoc/>
    /// <remarks>Of a cube under Ewald's sum, without a solute whose coupling is scaled.</remarks>
    public override IVariableBox? VariableBox { get; }

    PeriodicBox IVariableBox.Box => Parameters.Box!;

    /// <inheritdoc/>
    public double SmallestStretch { get; } = 1;

    /// <inheritdoc/>
    public double LargestStretch { get; } = 1;

    /// <inheritdoc/>
    public override bool IsScaled => Parameters.Path is not null;

    /// <summary>Names of the energies of <see cref="EvaluateTerms"/>; tables of one name stand apart here.</summary>
    public IReadOnlyList<string> EnergyNames { get; }

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        forces.Clear();
        energies.Clear();
        AddBlock(positions, forces, energies);
    }

    /// <inheritdoc/>
    internal override void AddBlock(double factor, ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        if (factor == 1)
            AddBlock(positions, forces, energies);
        else
            base.AddBlock(factor, positions, forces, energies);
    }

    /// <inheritdoc/>
    /// <remarks>With a <see cref="SystemParameters.Path"/> the scale is the solute's; there is no part in which the energy is linear, so
    /// the scaled energies are 0: see <see cref="CouplingEnergies"/>.</remarks>
    public override void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies, Span<double> scaledEnergies)
    {
        forces.Clear();
        energies.Clear();
        scaledEnergies.Clear();
        AddBlock(positions, forces, energies, scales: scales);
    }

    /// <inheritdoc/>
    public override void EvaluateForces(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies, Span<double> scaledEnergies)
    {
        forces.Clear();
        AddBlock(positions, forces, energies, false, scales);
    }

    /// <inheritdoc/>
    public void EvaluateInBoxes(ReadOnlySpan<float> positions, ReadOnlySpan<double> stretches, Span<float> forces, Span<double> energies,
        bool wantsEnergies = true)
    {
        forces.Clear();
        if (wantsEnergies)
            energies.Clear();
        AddBlock(positions, forces, energies, wantsEnergies, stretches: stretches);
    }

    /// <inheritdoc/>
    public double EvaluateInBox(ReadOnlySpan<double> positions, double stretch, Span<double> forces)
    {
        forces.Clear();
        return Energy(positions, forces, _tables, new(1, 1), new(stretch, 1 / stretch)) + ConstantIn(stretch);
    }

    /// <summary>What no position changes, kJ/mol.</summary>
    private double ConstantIn(double stretch) => _constant + _perVolume * (1 / (stretch * stretch * stretch) - 1);

    /// <summary>The part of one configuration's energy that depends on the solute's coupling, at many scales, in double precision:
    /// differences of these are differences of the whole energy.</summary>
    /// <param name="positions">[D] nm.</param>
    /// <param name="scales">[K].</param>
    /// <param name="energies">[K] kJ/mol.</param>
    /// <exception cref="InvalidOperationException">There is no such solute.</exception>
    public void CouplingEnergies(ReadOnlySpan<double> positions, ReadOnlySpan<double> scales, Span<double> energies)
    {
        CouplingPath path = Parameters.Path ?? throw new InvalidOperationException("The potential has no solute whose coupling is scaled.");
        TermTable[] waves = [.. _tables.Where(t => t.Coupling == CouplingDependence.SquareOfCharges)],
            pairs = [.. _tables.Where(t => t.Coupling == CouplingDependence.Any)];
        double[] forces = new double[positions.Length]; // of no interest
        // of a square in the charges three points say it all
        double none = Energy(positions, forces, waves, new(0, 0)), half = Energy(positions, forces, waves, new(0.5, 0)),
            whole = Energy(positions, forces, waves, new(1, 0));
        double square = 2 * (whole + none - 2 * half), line = whole - none - square;
        for (int k = 0; k < scales.Length; k++)
        {
            double charges = path.Charges(scales[k]), lennardJones = path.LennardJones(scales[k]);
            energies[k] = Energy(positions, forces, pairs, new(charges, lennardJones)) + charges * (line + charges * square)
                + lennardJones * Parameters.CoupledTail;
        }
    }

    private double Energy(ReadOnlySpan<double> positions, Span<double> forces, TermTable[] tables, Coupling<Double64> coupling) =>
        Energy(positions, forces, tables, coupling, Stretch<Double64>.None);

    private unsafe double Energy(ReadOnlySpan<double> positions, Span<double> forces, TermTable[] tables, Coupling<Double64> coupling,
        Stretch<Double64> stretch)
    {
        Span<double> terms = stackalloc double[_energyCount];
        terms.Clear();
        fixed (double* x = positions, f = forces, u = terms)
            EvaluateTables((Double64*)x, (Double64*)f, (Double64*)u, tables, coupling, stretch);
        double sum = 0;
        foreach (double term in terms)
            sum += term;
        return sum;
    }

    private void AddBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies, bool wantsEnergies = true,
        ReadOnlySpan<double> scales = default, ReadOnlySpan<double> stretches = default)
    {
        switch (Lanes)
        {
            case LaneKind.Float512: AddBlock<Float512>(positions, forces, energies, wantsEnergies, scales, stretches); break;
            case LaneKind.Float256: AddBlock<Float256>(positions, forces, energies, wantsEnergies, scales, stretches); break;
            default: AddBlock<Float128>(positions, forces, energies, wantsEnergies, scales, stretches); break;
        }
    }

    private unsafe void AddBlock<T>(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies, bool wantsEnergies,
        ReadOnlySpan<double> scales, ReadOnlySpan<double> stretches) where T : unmanaged, ILane<T>
    {
        T* terms = stackalloc T[_energyCount], coupling = stackalloc T[2], stretch = stackalloc T[2];
        (coupling[0], coupling[1], stretch[0], stretch[1]) = (1.0, 1.0, 1.0, 1.0);
        for (int w = 0; w < stretches.Length; w++)
            (((float*)stretch)[w], ((float*)(stretch + 1))[w]) = ((float)stretches[w], (float)(1 / stretches[w]));
        if (Parameters.Path is { } path)
            for (int w = 0; w < scales.Length; w++)
                (((float*)coupling)[w], ((float*)(coupling + 1))[w]) = ((float)path.Charges(scales[w]),
                    (float)path.LennardJones(scales[w]));
        fixed (float* x = positions, f = forces)
            EvaluateTables((T*)x, (T*)f, terms, _tables, new(coupling[0], coupling[1]), new(stretch[0], stretch[1]), wantsEnergies);
        if (!wantsEnergies)
            return;
        if (Parameters.CoupledTail != 0)
            for (int w = 0; w < energies.Length; w++)
                energies[w] += Parameters.CoupledTail * ((float*)(coupling + 1))[w];
        // sums over terms in double: the total is a small difference of large parts
        for (int w = 0; w < energies.Length; w++)
            energies[w] += stretches.IsEmpty ? _constant : ConstantIn(stretches[w]);
        for (int t = 0; t < _energyCount; t++)
        {
            float* lane = (float*)(terms + t);
            for (int w = 0; w < energies.Length; w++)
                energies[w] += lane[w];
        }
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => EvaluateDouble(positions, 1, forces);

    /// <summary>Energy and forces of one configuration in double precision, under a scale of <see cref="SystemParameters.Path"/>; without
    /// one the scale has no meaning.</summary>
    /// <param name="positions">[D] nm.</param>
    /// <param name="scale">Of the solute's coupling.</param>
    /// <param name="forces">[D] kJ/mol/nm, overwritten.</param>
    /// <returns>kJ/mol.</returns>
    public double EvaluateDouble(ReadOnlySpan<double> positions, double scale, Span<double> forces)
    {
        if (positions.Length != 3 * AtomCount || forces.Length != 3 * AtomCount)
            throw new ArgumentException(
                $"{AtomCount} atoms need {3 * AtomCount} coordinates and forces, not {positions.Length} and {forces.Length}.");
        forces.Clear();
        (double charges, double lennardJones) = Parameters.Path is { } path ? (path.Charges(scale), path.LennardJones(scale)) : (1, 1);
        return Energy(positions, forces, _tables, new(charges, lennardJones)) + _constant + lennardJones * Parameters.CoupledTail;
    }

    /// <summary>The energies of the terms, in double precision.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="forces">[N, 3] kJ/mol/nm, overwritten.</param>
    /// <param name="energies">[<see cref="EnergyNames"/>] kJ/mol.</param>
    public unsafe void EvaluateTerms(ReadOnlySpan<double> positions, Span<double> forces, Span<double> energies)
    {
        if (positions.Length != 3 * AtomCount || forces.Length != 3 * AtomCount)
            throw new ArgumentException(
                $"{AtomCount} atoms need {3 * AtomCount} coordinates and forces, not {positions.Length} and {forces.Length}.");
        forces.Clear();
        fixed (double* x = positions, f = forces, u = energies)
            EvaluateTables((Double64*)x, (Double64*)f, (Double64*)u);
        for (int t = 0; t < _energyCount; t++)
            energies[t] += _constants[t];
    }

    /// <summary>The energies of the terms of one configuration by the batched path, single precision.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <returns>[<see cref="EnergyNames"/>] kJ/mol.</returns>
    public unsafe double[] EvaluateTermsInLanes(ReadOnlySpan<float> positions)
    {
        if (positions.Length != 3 * AtomCount)
            throw new ArgumentException($"{AtomCount} atoms need {3 * AtomCount} coordinates, not {positions.Length}.");
        int width = BlockWidth;
        using LaneBuffer x = new(3 * AtomCount * width), f = new(3 * AtomCount * width), terms = new(_energyCount * width);
        for (int k = 0; k < 3 * AtomCount; k++)
            x.Span.Slice(k * width, width).Fill(positions[k]);
        fixed (float* px = x.Span, pf = f.Span, pe = terms.Span)
        {
            switch (Lanes)
            {
                case LaneKind.Float512: EvaluateTables((Float512*)px, (Float512*)pf, (Float512*)pe); break;
                case LaneKind.Float256: EvaluateTables((Float256*)px, (Float256*)pf, (Float256*)pe); break;
                default: EvaluateTables((Float128*)px, (Float128*)pf, (Float128*)pe); break;
            }
        }
        var energies = new double[_energyCount];
        for (int t = 0; t < _energyCount; t++)
            energies[t] = terms.Span[t * width] + _constants[t];
        return energies;
    }

    /// <summary>Floating-point operations of one energy with forces, counted by running the formulas on numbers that count.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    public unsafe long CountOperations(ReadOnlySpan<double> positions)
    {
        CountedLane[] x = new CountedLane[3 * AtomCount], f = new CountedLane[3 * AtomCount], u = new CountedLane[_energyCount];
        for (int k = 0; k < x.Length; k++)
            x[k] = positions[k];
        CountedLane.Count = 0;
        fixed (CountedLane* px = x, pf = f, pu = u)
            EvaluateTables(px, pf, pu);
        return CountedLane.Count;
    }

    private unsafe void EvaluateTables<T>(T* x, T* f, T* energies) where T : unmanaged, ILane<T> =>
        EvaluateTables(x, f, energies, _tables, new(1.0, 1.0), Stretch<T>.None);

    private unsafe void EvaluateTables<T>(T* x, T* f, T* energies, TermTable[] tables, Coupling<T> coupling, Stretch<T> stretch,
        bool wantsEnergies = true) where T : unmanaged, ILane<T>
    {
        int bytes = _scratchLanes * sizeof(T);
        if ((t_scratch?.Length ?? 0) * sizeof(float) < bytes)
        {
            t_scratch?.Dispose();
            t_scratch = new(bytes / sizeof(float));
        }
        fixed (float* scratch = t_scratch is null ? default : t_scratch.Span)
        {
            T* places = x, pulls = f, work = (T*)scratch + 2 * _siteLanes;
            if (_siteLanes > 0)
            {
                places = (T*)scratch;
                pulls = places + _siteLanes;
                VirtualSite.Place(_sites, x, AtomCount, places);
                new Span<T>(pulls, _siteLanes).Clear();
            }
            var block = new BlockView<T>(places, pulls, work, wantsEnergies, coupling, stretch);
            foreach (TermTable table in tables)
            {
                table.Evaluate(block, energies);
                energies += table.EnergyNames.Count;
            }
            if (_siteLanes > 0)
                VirtualSite.Share(_sites, pulls, AtomCount, f);
        }
    }
}
