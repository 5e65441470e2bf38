using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>Whether pairs are coupled by each walker's own factors.</summary>
internal interface ICoupled
{
    static abstract T Charge<T>(T charge, Coupling<T> coupling) where T : unmanaged, ILane<T>;

    static abstract T LennardJones<T>(CutLennardJones<T> lennardJones, T square, T sigma, T fourEpsilon, Coupling<T> coupling, out T slope)
        where T : unmanaged, ILane<T>;
}

/// <summary>Wholly, whatever the factors.</summary>
internal readonly struct Coupled : ICoupled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Charge<T>(T charge, Coupling<T> coupling) where T : unmanaged, ILane<T> => charge;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LennardJones<T>(CutLennardJones<T> lennardJones, T square, T sigma, T fourEpsilon, Coupling<T> coupling, out T slope)
        where T : unmanaged, ILane<T> => lennardJones.Evaluate(square, sigma, fourEpsilon, out slope);
}

/// <summary>A solute with its solvent: charges are scaled, Lennard-Jones has a soft core.</summary>
internal readonly struct Alchemical : ICoupled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Charge<T>(T charge, Coupling<T> coupling) where T : unmanaged, ILane<T> => charge * coupling.Charges;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LennardJones<T>(CutLennardJones<T> lennardJones, T square, T sigma, T fourEpsilon, Coupling<T> coupling, out T slope)
        where T : unmanaged, ILane<T> => lennardJones.EvaluateSoft(square, sigma, fourEpsilon, coupling.LennardJones, out slope);
}
