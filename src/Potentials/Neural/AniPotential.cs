using System.Globalization;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Neural;

/// <summary>
/// A potential of ANI's kind, published or trained here (<see cref="AniModel"/> has the formulas and references): U = sum over atoms of the
/// atom's own energy and of the output of its element's network, the mean over an ensemble's members. For closed shells, and the net
/// charges that its weights know.
/// </summary>
/// <remarks>
/// Features and networks run in the engine's lanes, a walker in every lane, and the networks take an atom of every walker as two columns
/// at once (<see cref="PackedMatrix"/>). A few atoms of one element go through features, every member and back before the next, so that
/// what they need stays in the second-level cache. Nothing is allocated in a call. The floor is the networks' multiply-adds, forward and
/// back (<see cref="MultiplyAdds"/>; 3.6 million each way for a member of ANI-2x and alanine dipeptide); each weight of 4 bytes that comes
/// from beyond that cache serves eight atoms of every walker of the block. Wider blocks were measured and are not faster, so a block is as
/// wide as a force field's, and sums of both need no copies.
/// </remarks>
public sealed class AniPotential : Potential, ICommittee
{
    private const double AngstromPerNanometre = 10;
    private const int PanelsAtOnce = 4; // features, hidden layers and gradients of these fill half a megabyte

    private readonly AniConstants _constants;
    private readonly int[] _elements; // [N] places in the model's order; pinned
    private readonly Group[] _groups;
    private readonly double[] _memberConstants; // [M] self-energies and the networks' last biases, kJ/mol
    private readonly double _constant; // their mean
    private readonly int _vectors, _mostColumns, _mostHidden;
    [ThreadStatic] private static LaneBuffer? t_scratch; // of the largest system that the thread has met

    /// <summary>Atoms of one element, and its networks.</summary>
    private sealed record Group(int[] Atoms, AniColumns Columns, ElementNetwork[] Networks);

    /// <summary>A molecule's potential.</summary>
    /// <param name="weights">Of all members, or of one (<see cref="AniWeights.Only"/>).</param>
    /// <param name="atomicNumbers">[N].</param>
    /// <param name="masses">[N] Da.</param>
    /// <param name="netCharge">In elementary charges: 0.</param>
    /// <param name="unpairedElectrons">0.</param>
    /// <param name="lanes">Of the batched path.</param>
    /// <exception cref="ArgumentException">An element that the model does not have, an ion, an open shell, or no atoms; one line that says
    /// what is possible.</exception>
    public AniPotential(AniWeights weights, IReadOnlyList<int> atomicNumbers, IReadOnlyList<double> masses, int netCharge = 0,
        int unpairedElectrons = 0, LaneKind lanes = LaneKind.Auto) : this(weights, atomicNumbers, masses, netCharge, unpairedElectrons,
            lanes, 1, false)
    {
    }

    /// <summary>With what tests and measurements vary.</summary>
    /// <param name="weights">As above.</param>
    /// <param name="atomicNumbers">As above.</param>
    /// <param name="masses">As above.</param>
    /// <param name="netCharge">As above.</param>
    /// <param name="unpairedElectrons">As above.</param>
    /// <param name="lanes">As above.</param>
    /// <param name="vectors">Vectors of lanes in a block.</param>
    /// <param name="allColumns">Whether columns of features that the molecule cannot have stay.</param>
    internal AniPotential(AniWeights weights, IReadOnlyList<int> atomicNumbers, IReadOnlyList<double> masses, int netCharge,
        int unpairedElectrons, LaneKind lanes, int vectors, bool allColumns)
    {
        AniModel model = weights.Model;
        if (atomicNumbers.Count == 0 || masses.Count != atomicNumbers.Count)
            throw new ArgumentException($"{model.Name}: {atomicNumbers.Count} atoms with {masses.Count} masses.");
        string known = weights.Charges is [0] ? "neutral molecules" : $"charges of {string.Join(", ", weights.Charges)}";
        if (weights.Charges.Count > 0 && !weights.Charges.Contains(netCharge))
            throw new ArgumentException($"{model.Name} knows {known} "
                + string.Create(CultureInfo.InvariantCulture, $"only; this one has a net charge of {netCharge:+0;-0;0}."));
        if (unpairedElectrons != 0)
            throw new ArgumentException($"{model.Name} knows closed shells only; this molecule has {unpairedElectrons} unpaired electron"
                + $"{(unpairedElectrons == 1 ? "" : "s")}.");
        (Weights, AtomCount, Masses, _constants, _vectors) = (weights, atomicNumbers.Count, [.. masses], new(model), vectors);
        Lanes = lanes != LaneKind.Auto ? lanes
            : Vector512.IsHardwareAccelerated ? LaneKind.Float512
            : Vector256.IsHardwareAccelerated ? LaneKind.Float256
            : LaneKind.Float128;
        BlockWidth = vectors * (Lanes switch
        {
            LaneKind.Float512 => Float512.Width,
            LaneKind.Float256 => Float256.Width,
            _ => Float128.Width,
        });
        _elements = GC.AllocateArray<int>(AtomCount, pinned: true);
        int[] order = [.. model.Elements];
        for (int atom = 0; atom < AtomCount; atom++)
        {
            _elements[atom] = Array.IndexOf(order, atomicNumbers[atom]);
            if (_elements[atom] < 0)
                throw new ArgumentException($"{model.Name} knows {string.Join(' ', model.Symbols)} only; atom {atom} has the atomic number "
                    + $"{atomicNumbers[atom]}.");
        }
        _groups = [.. Enumerable.Range(0, order.Length).Select(e => MakeGroup(e, allColumns)).OfType<Group>()];
        _memberConstants = [.. Enumerable.Range(0, MemberCount).Select(m => AniModel.KilojoulePerHartree
            * (_elements.Sum(e => weights.SelfEnergies[e]) + _groups.Sum(g => g.Atoms.Length * g.Networks[m].OutputBias)))];
        _constant = _memberConstants.Average();
        _mostColumns = _groups.Max(g => PackedMatrix.PaddedRows(g.Columns.Count));
        _mostHidden = _groups.Max(g => g.Networks.Max(n => n.ScratchLanes));
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{weights.Fingerprint} {string.Join(' ', atomicNumbers)}")));
    }

    /// <summary>What it was made from.</summary>
    public AniWeights Weights { get; }

    /// <inheritdoc/>
    public override string Name => Weights.Name;

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <summary>The lanes in use.</summary>
    public LaneKind Lanes { get; }

    /// <inheritdoc/>
    public override int BlockWidth { get; }

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => true;

    /// <inheritdoc/>
    public int MemberCount => Weights.MemberCount;

    /// <inheritdoc/>
    public double UsualSpread => Weights.UsualSpread;

    /// <summary>Multiply-adds of the dense layers for one walker, energy and forces, all members.</summary>
    internal long MultiplyAdds => 2 * _groups.Sum(g => g.Atoms.Length * g.Networks.Sum(n => n.MultiplyAdds));

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        forces.Clear();
        EvaluateLanes(positions, forces, energies, false);
        Complete(energies);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public void MemberEnergies(ReadOnlySpan<float> positions, Span<double> energies)
    {
        if (positions.Length != Dimension * BlockWidth || energies.Length != MemberCount * BlockWidth)
            throw new ArgumentException($"{AtomCount} atoms and {MemberCount} members need {Dimension * BlockWidth} coordinates and "
                + $"{MemberCount * BlockWidth} energies, not {positions.Length} and {energies.Length}.");
        EvaluateLanes(positions, default, energies, true);
        CompleteMembers(energies, BlockWidth);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public override unsafe double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        if (positions.Length != Dimension || forces.Length != Dimension)
            throw new ArgumentException(
                $"{AtomCount} atoms need {Dimension} coordinates and forces, not {positions.Length} and {forces.Length}.");
        forces.Clear();
        double energy = 0;
        fixed (double* x = positions, f = forces)
            Evaluate((Double64*)x, (Double64*)f, new(ref energy), 1, false);
        Complete(new(ref energy));
        return energy;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public unsafe void MemberEnergies(ReadOnlySpan<double> positions, Span<double> energies)
    {
        if (positions.Length != Dimension || energies.Length != MemberCount)
            throw new ArgumentException($"{AtomCount} atoms and {MemberCount} members need {Dimension} coordinates and {MemberCount} "
                + $"energies, not {positions.Length} and {energies.Length}.");
        fixed (double* x = positions)
            Evaluate((Double64*)x, null, energies, 1, true);
        CompleteMembers(energies, 1);
    }

    private void Complete(Span<double> energies)
    {
        foreach (ref double energy in energies)
            energy = AniModel.KilojoulePerHartree / MemberCount * energy + _constant;
    }

    private void CompleteMembers(Span<double> energies, int width)
    {
        for (int k = 0; k < energies.Length; k++)
            energies[k] = AniModel.KilojoulePerHartree * energies[k] + _memberConstants[k / width];
        if (Weights.Calibration == 1)
            return;
        for (int w = 0; w < width; w++)
        {
            double mean = 0;
            for (int m = 0; m < MemberCount; m++)
                mean += energies[m * width + w] / MemberCount;
            for (int m = 0; m < MemberCount; m++)
                energies[m * width + w] = mean + Weights.Calibration * (energies[m * width + w] - mean);
        }
    }

    private unsafe void EvaluateLanes(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies, bool byMember)
    {
        fixed (float* x = positions, f = forces)
            switch (Lanes)
            {
                case LaneKind.Float512: Evaluate((Float512*)x, (Float512*)f, energies, _vectors, byMember); break;
                case LaneKind.Float256: Evaluate((Float256*)x, (Float256*)f, energies, _vectors, byMember); break;
                default: Evaluate((Float128*)x, (Float128*)f, energies, _vectors, byMember); break;
            }
    }

    /// <summary>Outputs of the networks, without their last biases, and the forces of their mean.</summary>
    /// <param name="x">[3N, vectors] nm.</param>
    /// <param name="forces">[3N, vectors], zero before, kJ/mol/nm after; null if none are asked for.</param>
    /// <param name="energies">[W] sums over members, hartree, or [M, W] one by one; overwritten.</param>
    /// <param name="vectors">Vectors of lanes in a row.</param>
    /// <param name="byMember">Which of them.</param>
    private unsafe void Evaluate<T>(T* x, T* forces, Span<double> energies, int vectors, bool byMember) where T : unmanaged, ILane<T>
    {
        energies.Clear();
        int panelLanes = 2 * _mostColumns, width = vectors * T.Width;
        T* features = Scratch<T>(PanelsAtOnce * (2 * panelLanes + _mostHidden + 2) + AniSurroundings<T>.ScratchLanes(AtomCount));
        T* gradients = features + PanelsAtOnce * panelLanes, hidden = gradients + PanelsAtOnce * panelLanes,
            outputs = hidden + PanelsAtOnce * _mostHidden;
        fixed (int* elements = _elements)
        {
            var surroundings = new AniSurroundings<T>(_constants, elements, AtomCount, outputs + 2 * PanelsAtOnce);
            foreach (Group group in _groups)
            {
                int columns = group.Atoms.Length * vectors;
                for (int first = 0; first < columns; first += 2 * PanelsAtOnce)
                {
                    int count = Math.Min(2 * PanelsAtOnce, columns - first), panels = (count + 1) / 2;
                    for (int c = 0; c < count; c++)
                    {
                        (int place, int vector) = Math.DivRem(first + c, vectors);
                        surroundings.Find(group.Atoms[place], x + vector, vectors);
                        surroundings.Features(group.Columns, features + c / 2 * panelLanes + c % 2);
                    }
                    if (count % 2 == 1) // a column that no one reads; of numbers that no earlier call left
                        for (int k = 0; k < group.Columns.Count; k++)
                            features[(panels - 1) * panelLanes + 2 * k + 1] = 0.0;
                    for (int m = 0; m < group.Networks.Length; m++)
                    {
                        group.Networks[m].Forward(features, panelLanes, hidden, outputs, panels);
                        Span<double> own = byMember ? energies.Slice(m * width, width) : energies;
                        for (int c = 0; c < count; c++)
                            Add(outputs[c], own.Slice((first + c) % vectors * T.Width, T.Width));
                        if (forces is not null)
                            group.Networks[m].Backward(hidden, gradients, panelLanes, panels, m > 0);
                    }
                    if (forces is null)
                        continue;
                    for (int c = 0; c < count; c++)
                    {
                        (int place, int vector) = Math.DivRem(first + c, vectors);
                        surroundings.Find(group.Atoms[place], x + vector, vectors);
                        surroundings.AddGradient(group.Atoms[place], group.Columns, gradients + c / 2 * panelLanes + c % 2,
                            forces + vector, vectors);
                    }
                }
            }
        }
        // an infinite coordinate is beyond every cut-off, but no place
        for (int k = 0; k < Dimension * vectors; k++)
            for (int m = 0; m < energies.Length; m += width)
                Add(x[k] - x[k], energies.Slice(m + k % vectors * T.Width, T.Width));
        if (forces is null)
            return;
        T factor = -AngstromPerNanometre * AniModel.KilojoulePerHartree / MemberCount;
        for (int k = 0; k < Dimension * vectors; k++)
            forces[k] *= factor;
    }

    private static unsafe void Add<T>(T lanes, Span<double> sums) where T : unmanaged, ILane<T>
    {
        if (typeof(T) == typeof(Double64))
            sums[0] += ((Double64*)&lanes)->Value;
        else
            for (int w = 0; w < sums.Length; w++)
                sums[w] += ((float*)&lanes)[w];
    }

    private static unsafe T* Scratch<T>(int lanes) where T : unmanaged
    {
        int floats = lanes * (sizeof(T) / sizeof(float));
        if ((t_scratch?.Length ?? 0) < floats)
        {
            t_scratch?.Dispose();
            t_scratch = new(floats);
        }
        fixed (float* scratch = t_scratch!.Span) // native memory, held by the thread
            return (T*)scratch;
    }

    private Group? MakeGroup(int element, bool allColumns)
    {
        int[] atoms = [.. Enumerable.Range(0, AtomCount).Where(a => _elements[a] == element)];
        if (atoms.Length == 0)
            return null;
        int[] others = new int[Weights.Model.Elements.Count];
        foreach (int e in _elements)
            others[e]++;
        others[element]--;
        AniColumns columns = allColumns ? AniColumns.All(Weights.Model) : new(Weights.Model, others);
        return new(atoms, columns, [.. Weights.Members.Select(m => new ElementNetwork(m.Networks[element], columns.Source,
            Weights.Model.Alpha))]);
    }
}
